package org.ecryptfsj.tools.command;

/** What {@code --version} prints. */
public final class Version {
    private Version() {}

    /** In the form of ecryptfs-utils: name, package, number. */
    public static String of(String command) {
        String number = Version.class.getPackage().getImplementationVersion();
        return command + " (ecryptfsj) " + (number == null ? "unpackaged" : number);
    }
}
