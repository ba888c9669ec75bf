package org.ecryptfsj.keyfile;

import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.TokenContents;

/**
 * The keys that a mount needs.
 *
 * @param content encrypts file keys; owned by this
 * @param names encrypts file names; empty if they are not encrypted, or with the key of the content; owned by this
 */
public record MountKeys(TokenContents.Passphrase content, Optional<TokenContents.Passphrase> names)
        implements AutoCloseable {
    /** @throws NullPointerException if a component is null */
    public MountKeys {
        Objects.requireNonNull(content);
        Objects.requireNonNull(names);
    }

    /**
     * The keys of these passphrases.
     *
     * @return closed by the caller
     * @throws KeyModuleException if a passphrase is refused
     */
    public static MountKeys derive(MountSecret secret, KeyDerivation derivation) throws KeyModuleException {
        TokenContents.Passphrase content = derive(secret.content(), derivation);
        boolean complete = false;
        try {
            Optional<TokenContents.Passphrase> names = secret.names().isPresent()
                    ? Optional.of(derive(secret.names().get(), derivation))
                    : Optional.empty();
            complete = true;
            return new MountKeys(content, names);
        } finally {
            if (!complete) {
                content.close();
            }
        }
    }

    private static TokenContents.Passphrase derive(MountPassphrase passphrase, KeyDerivation derivation)
            throws KeyModuleException {
        return derivation.derive(passphrase.passphrase(), passphrase.salt());
    }

    @Override
    public void close() {
        content.close();
        names.ifPresent(TokenContents.Passphrase::close);
    }
}
