package org.ecryptfsj.tools.machine;

import java.util.Optional;

/** The mount option {@code key=} as configuration files have it. */
public final class KeyFileOption {
    private static final String PREFIX = "keyfile:keyfile=";

    private KeyFileOption() {}

    /**
     * The path of the key file.
     *
     * @param value of the option
     * @return empty if it names another key
     */
    public static Optional<String> path(String value) {
        return value.startsWith(PREFIX) ? Optional.of(value.substring(PREFIX.length())) : Optional.empty();
    }
}
