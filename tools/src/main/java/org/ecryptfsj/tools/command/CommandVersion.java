package org.ecryptfsj.tools.command;

/** Output of {@code --version}. */
public final class CommandVersion {
    private CommandVersion() {}

    /** Command name, package and version number, in the format of ecryptfs-utils. */
    public static String of(String command) {
        String number = CommandVersion.class.getPackage().getImplementationVersion();
        return command + " (ecryptfsj) " + (number == null ? "unpackaged" : number);
    }
}
