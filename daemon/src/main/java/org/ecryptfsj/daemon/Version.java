package org.ecryptfsj.daemon;

/** What {@code --version} prints, in the form of ecryptfs-utils: name, package, number. */
final class Version {
    private Version() {}

    /** The version of this build, as its jar says. */
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    static String[] lines(String command) {
        return new String[] {command + " (ecryptfsj) " + number()};
    }
}
