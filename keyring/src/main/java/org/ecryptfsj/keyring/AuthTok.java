package org.ecryptfsj.keyring;

import java.util.Objects;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;

/**
 * An authentication token: the key that the kernel and the daemon find in the keyring by a signature (docs/spec/auth-tok.md,
 * section 1). It owns its secrets; its owner closes it.
 */
public sealed interface AuthTok extends AutoCloseable {
    /** Its name in the keyring and in mount options. */
    Signature signature();

    @Override
    void close();

    /** The token with these contents. It owns their secrets from now on: close the token, not the contents. */
    static AuthTok of(String alias, TokenContents contents) {
        if (contents instanceof TokenContents.Passphrase passphrase) {
            return new Password(passphrase.signature(), passphrase.fekek(), passphrase.salt());
        }
        TokenContents.ModuleKey key = (TokenContents.ModuleKey) contents;
        return new PrivateKey(key.signature(), alias, key.blob());
    }

    /**
     * A token with which the kernel itself encrypts file keys.
     *
     * @param signature its name
     * @param fekek 64 bytes; the kernel uses the first ones, as many as the cipher's key has
     * @param salt written into the headers of files
     */
    record Password(Signature signature, Secret fekek, Salt salt) implements AuthTok {
        /** @throws IllegalArgumentException if the fekek does not have 64 bytes */
        public Password {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(salt);
            if (fekek.size() != TokenContents.Passphrase.FEKEK_BYTES) {
                throw new IllegalArgumentException("a fekek has 64 bytes, not " + fekek.size());
            }
        }

        @Override
        public void close() {
            fekek.close();
        }
    }

    /**
     * A token with which the kernel asks the daemon, which calls the key module of that alias.
     *
     * @param signature its name
     * @param alias 1 to 16 visible ASCII characters
     * @param blob with which the module finds its key
     */
    record PrivateKey(Signature signature, String alias, KeyBlob blob) implements AuthTok {
        private static final int LONGEST_ALIAS = 16;

        /** @throws IllegalArgumentException if the alias is not 1 to 16 visible ASCII characters */
        public PrivateKey {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(blob);
            if (!isAlias(alias)) {
                throw new IllegalArgumentException("a key module's alias has 1 to 16 visible ASCII characters");
            }
        }

        static boolean isAlias(String text) {
            if (text.isEmpty() || text.length() > LONGEST_ALIAS) {
                return false;
            }
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) < '!' || text.charAt(i) > '~') {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void close() {
            blob.close();
        }
    }
}
