package org.ecryptfsj.protector;

import java.util.Objects;
import java.util.Optional;

/**
 * What a protector says of itself without unlocking.
 *
 * @param binding what is needed to unlock, such as {@code TPM 1.2 key 0d09..., PCRs 0 and 2} or {@code a passphrase}
 * @param obstacle why it cannot be used now; empty if it can, as far as that is seen without trying
 */
public record ProtectorState(String binding, Optional<Obstacle> obstacle) {
    /**
     * Why a protector cannot be used now.
     *
     * @param reason who can act on it
     * @param message what is wrong, naming the object
     * @param advice what to do next
     */
    public record Obstacle(ProtectorException.Reason reason, String message, String advice) {
        /** @throws NullPointerException if a component is null */
        public Obstacle {
            Objects.requireNonNull(reason);
            Objects.requireNonNull(message);
            Objects.requireNonNull(advice);
        }
    }

    /** @throws NullPointerException if a component is null */
    public ProtectorState {
        Objects.requireNonNull(binding);
        Objects.requireNonNull(obstacle);
    }

    /** One that can be used. */
    public static ProtectorState usable(String binding) {
        return new ProtectorState(binding, Optional.empty());
    }

    /** One that cannot be used now, for the reason with which unlocking would fail. */
    public static ProtectorState unusable(String binding, ProtectorException why) {
        return new ProtectorState(binding, Optional.of(new Obstacle(why.reason(), why.getMessage(), why.advice())));
    }
}
