package org.ecryptfsj.daemon.control;

import picocli.CommandLine.IVersionProvider;

/**
 * Output of {@code --version}, in the form of ecryptfs-utils: name, package, number.
 *
 * @param command name of the command
 */
public record DaemonVersion(String command) implements IVersionProvider {
    /** Version of this build, as its jar names it. */
    static String number() {
        String version = DaemonVersion.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {command + " (ecryptfsj) " + number()};
    }
}
