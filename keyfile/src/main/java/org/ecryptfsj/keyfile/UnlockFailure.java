package org.ecryptfsj.keyfile;

import java.util.Objects;
import org.ecryptfsj.protector.ProtectorException;

/**
 * Why a protector did not give the file key.
 *
 * @param protector which one
 * @param reason who can act on it
 * @param message what failed and why
 * @param advice what to do, or empty
 */
public record UnlockFailure(ProtectorEntry protector, ProtectorException.Reason reason, String message, String advice) {
    /** @throws NullPointerException if a component is null */
    public UnlockFailure {
        Objects.requireNonNull(protector);
        Objects.requireNonNull(reason);
        Objects.requireNonNull(message);
        Objects.requireNonNull(advice);
    }
}
