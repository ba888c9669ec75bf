package org.ecryptfsj.tools.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModules;

/** Loads the key modules for a command: those of the class path and those in the module directory. */
public final class InstalledKeyModules {
    /** The module directory. */
    static final Path DIRECTORY = Path.of(System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules"));

    private InstalledKeyModules() {}

    /**
     * Loads all key modules. Overwrites arguments that are secret parameters of a module. Reports modules that cannot
     * be loaded on standard error.
     */
    public static KeyModules discover() {
        try {
            KeyModules modules = KeyModules.discover(Optional.of(DIRECTORY));
            modules.problems().forEach(problem -> System.err.println("ecryptfsj: " + problem));
            // The secret parameters of our own modules are known without asking each.
            Optional<String> problem = modules.haveFurther() ? SecretArguments.hide(modules) : SecretArguments.hide();
            problem.ifPresent(text -> System.err.println("ecryptfsj: " + text));
            return modules;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
