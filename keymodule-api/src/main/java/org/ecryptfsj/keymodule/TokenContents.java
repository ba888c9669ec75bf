package org.ecryptfsj.keymodule;

import java.util.Objects;

/** The contents of an authentication token, which a key module creates from its parameters at mount time. */
public sealed interface TokenContents extends AutoCloseable {
    /** The token's name. */
    Signature signature();

    @Override
    void close();

    /**
     * For a token with which the kernel itself encrypts file keys (a password token).
     *
     * @param signature the token's name
     * @param fekek 64 bytes, the key that encrypts file keys; owned by this
     * @param salt the salt of the passphrase hash
     */
    record Passphrase(Signature signature, Secret fekek, Salt salt) implements TokenContents {
        /** Bytes in a fekek. */
        public static final int FEKEK_BYTES = 64;

        /** @throws IllegalArgumentException if a size is wrong */
        public Passphrase {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(salt);
            if (fekek.size() != FEKEK_BYTES) {
                throw new IllegalArgumentException("a fekek has 64 bytes, not " + fekek.size());
            }
        }

        @Override
        public void close() {
            fekek.close();
        }
    }

    /**
     * For a token with which the kernel asks the daemon, which calls the key module (a private-key token).
     *
     * @param signature the token's name
     * @param blob with which the module finds the key; owned by this
     */
    record ModuleKey(Signature signature, KeyBlob blob) implements TokenContents {
        /** @throws NullPointerException if a component is null */
        public ModuleKey {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(blob);
        }

        @Override
        public void close() {
            blob.close();
        }
    }
}
