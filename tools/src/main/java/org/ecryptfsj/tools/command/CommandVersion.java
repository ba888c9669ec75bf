package org.ecryptfsj.tools.command;

/** What {@code --version} prints. */
public final class CommandVersion {
    private CommandVersion() {}

    /** In the form of ecryptfs-utils: name, package, number. */
    public static String of(String command) {
        String number = CommandVersion.class.getPackage().getImplementationVersion();
        return command + " (ecryptfsj) " + (number == null ? "unpackaged" : number);
    }
}
