package org.ecryptfsj.protector;

import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;

/**
 * A file key that a protector has taken into its care.
 *
 * @param fields what the key file keeps for {@link Protector#unprotect}; none is named id, type, label or added
 * @param code ASCII text that a person must keep, which the program shows once and nobody stores; owned by this
 */
public record Protection(JsonObject fields, Optional<Secret> code) implements AutoCloseable {
    /** @throws NullPointerException if a component is null */
    public Protection {
        Objects.requireNonNull(fields);
        Objects.requireNonNull(code);
    }

    /** One of which nothing is shown to a person. */
    public static Protection of(JsonObject fields) {
        return new Protection(fields, Optional.empty());
    }

    @Override
    public void close() {
        code.ifPresent(Secret::close);
    }
}
