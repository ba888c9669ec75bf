package org.ecryptfsj.tools.command;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.protector.Protectors;

/** Loads the protectors for a command: those of the class path and those in the module directory. */
public final class InstalledProtectors {
    private InstalledProtectors() {}

    /**
     * Loads all protectors. Reports those that cannot be loaded on standard error.
     *
     * @return closed by the caller
     * @throws IOException if the module directory exists but cannot be used
     */
    public static Protectors load() throws IOException {
        Protectors protectors = Protectors.load(Optional.of(InstalledKeyModules.DIRECTORY));
        protectors.problems().forEach(problem -> System.err.println("ecryptfsj: " + problem));
        return protectors;
    }
}
