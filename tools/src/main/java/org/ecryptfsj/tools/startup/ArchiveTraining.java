package org.ecryptfsj.tools.startup;

import java.util.List;
import org.ecryptfsj.tools.Commands;
import org.ecryptfsj.tools.Launcher;

/**
 * Loads the classes that the tools need at their start, so that the JVM's class-data archive contains them (see
 * packaging/launcher/archive). It prints each command's help and version and tries a mount of directories that do not
 * exist. It changes nothing.
 */
public final class ArchiveTraining {
    private static final String MISSING_DIRECTORY = "/nonexistent/ecryptfsj";

    private ArchiveTraining() {}

    /** Runs the commands and exits. */
    public static void main(String[] arguments) {
        for (String command : Commands.names()) {
            Launcher.run(List.of(command, "--help"));
            Launcher.run(List.of(command, "--version"));
        }
        Launcher.run(List.of("mount.ecryptfs", MISSING_DIRECTORY, MISSING_DIRECTORY, "-o", "ecryptfs_cipher=aes"));
    }
}
