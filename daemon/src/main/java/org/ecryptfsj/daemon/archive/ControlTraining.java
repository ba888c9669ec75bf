package org.ecryptfsj.daemon.archive;

import org.ecryptfsj.daemon.control.Ecryptfsctl;

/** Loads the classes that {@code ecryptfsctl} uses, for the JVM's class-data archive, as {@link ArchiveTraining} does a daemon's. */
public final class ControlTraining {
    private ControlTraining() {}

    /** Prints the help, and asks for the status of a daemon that does not exist. */
    public static void main(String[] arguments) {
        Ecryptfsctl.run("--help");
        Ecryptfsctl.run("--socket", "/nonexistent/ecryptfsj", "status");
    }
}
