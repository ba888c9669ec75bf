package org.ecryptfsj.tools.command;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.CommandLineMemory;

/**
 * Secrets given as options, such as {@code --key passphrase:passphrase_passwd=...}. Everybody can read a command line, so they
 * are overwritten there; who looked earlier, or at the shell's history, has seen them.
 */
public final class SecretArguments {
    /** What the key modules of this tree call theirs, and what others most likely do: known before any module is loaded. */
    private static final Pattern NAME = Pattern.compile("(.*_)?(passwd|password|passphrase|pin|secret)");

    private SecretArguments() {}

    /**
     * Overwrites them. The first thing a command does that takes any.
     *
     * @return what cannot be overwritten, and why, as a sentence for the user
     */
    public static Optional<String> hide() {
        return hide(name -> NAME.matcher(name).matches());
    }

    /** Overwrites what key modules declare as secret, whatever its name. */
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
                    "secrets among the arguments cannot be overwritten where others see them: " + e.getMessage());
        }
    }
}
