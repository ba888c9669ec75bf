package org.ecryptfsj.tools;

import java.util.List;

/**
 * Walks once through what the tools do at their start, so that the JVM's class-data archive holds those classes (see
 * packaging/launcher/archive). Nothing is changed: every command tells its help and its version, and a mount of what is not
 * there is refused.
 */
public final class ArchiveTraining {
    private static final String NOWHERE = "/nonexistent/ecryptfsj";

    private ArchiveTraining() {}

    /** Runs the commands and ends. */
    public static void main(String[] arguments) {
        for (String command : Commands.names()) {
            Launcher.run(List.of(command, "--help"));
            Launcher.run(List.of(command, "--version"));
        }
        Launcher.run(List.of("mount.ecryptfs", NOWHERE, NOWHERE, "-o", "ecryptfs_cipher=aes"));
    }
}
