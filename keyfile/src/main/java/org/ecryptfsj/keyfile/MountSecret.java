package org.ecryptfsj.keyfile;

import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.keymodule.Salt;

/**
 * What a key file guards.
 *
 * @param content the passphrase that file keys are encrypted with; owned by this
 * @param names another passphrase, or the same with another salt, that file names are encrypted with; empty if they are not
 *     encrypted, or with the key of the content; owned by this
 */
public record MountSecret(MountPassphrase content, Optional<MountPassphrase> names) implements AutoCloseable {
    /** @throws NullPointerException if a component is null */
    public MountSecret {
        Objects.requireNonNull(content);
        Objects.requireNonNull(names);
    }

    /**
     * A new random one.
     *
     * @param names whether names are encrypted: with the same passphrase and the salt that all tools use for names, so that the
     *     C tools make both keys of the one passphrase
     */
    public static MountSecret random(boolean names) {
        MountPassphrase content = MountPassphrase.random();
        return new MountSecret(content, names ? Optional.of(content.withSalt(Salt.FNEK)) : Optional.empty());
    }

    @Override
    public void close() {
        content.close();
        names.ifPresent(MountPassphrase::close);
    }
}
