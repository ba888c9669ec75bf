package org.ecryptfsj.daemon.control;

/** Output of {@code --version}, in the form of ecryptfs-utils: name, package, number. */
public final class DaemonVersion {
    private DaemonVersion() {}

    /** Version of this build, as its jar names it. */
    static String number() {
        String version = DaemonVersion.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    /** Lines that a command prints. */
    public static String[] lines(String command) {
        return new String[] {command + " (ecryptfsj) " + number()};
    }
}
