package org.ecryptfsj.tools.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.CommandLineMemory;

/**
 * Secrets given as options, such as {@code --key passphrase:passphrase_passwd=...}. All users can read a process'
 * command line, so the command overwrites them there. They remain in the shell's history, and another process can have
 * read them before.
 */
public final class SecretArguments {
    /**
     * The last words of the names of secret parameters of our key modules, and of likely names in others. Needed before the key
     * modules are loaded.
     */
    private static final List<String> WORDS = List.of("passwd", "password", "passphrase", "pin", "secret");

    private SecretArguments() {}

    /** Whether a parameter of this name is likely to be a secret. */
    public static boolean isSecret(String name) {
        for (String word : WORDS) {
            if (name.equals(word) || name.endsWith("_" + word)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Overwrites the secrets. A command that accepts any calls this first.
     *
     * @return a message for the user if the overwriting fails
     */
    public static Optional<String> hide() {
        return hide(SecretArguments::isSecret);
    }

    /** Overwrites the parameters that key modules declare as secret. */
    static Optional<String> hide(KeyModules modules) {
        Set<String> names = modules.all().stream()
                .flatMap(module -> module.parameters().stream())
                .filter(parameter -> !parameter.echo())
                .flatMap(parameter -> parameter.names().stream())
                .collect(Collectors.toSet());
        return hide(names::contains);
    }

    private static Optional<String> hide(Predicate<String> isSecret) {
        try {
            CommandLineMemory.read().blankValues(isSecret);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    "cannot overwrite secrets in the command line, where other users can read them: " + e.getMessage());
        }
    }
}
