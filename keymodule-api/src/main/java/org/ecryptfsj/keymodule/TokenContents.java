package org.ecryptfsj.keymodule;

import java.util.Objects;

/** The contents of an authentication token. A key module makes them of its parameters, at the mount. */
public sealed interface TokenContents extends AutoCloseable {
    /**
     * The name of the token.
     *
     * @return the signature
     */
    Signature signature();

    @Override
    void close();

    /**
     * The kernel wraps file keys itself (a password token).
     *
     * @param signature the token's name
     * @param fekek 64 bytes, the key that encrypts file keys; owned by this
     * @param salt the salt of the passphrase
     */
    record Passphrase(Signature signature, Secret fekek, Salt salt) implements TokenContents {
        /** Size of a fekek in bytes. */
        public static final int FEKEK_BYTES = 64;

        /**
         * Checks the components.
         *
         * @param signature the token's name
         * @param fekek 64 bytes; owned by this
         * @param salt the salt of the passphrase
         * @throws IllegalArgumentException if fekek does not have 64 bytes
         */
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
     * The kernel asks the daemon, and the daemon asks the module (a private-key token).
     *
     * @param signature the token's name
     * @param blob what the module needs to find the key; owned by this
     */
    record ModuleKey(Signature signature, KeyBlob blob) implements TokenContents {
        /**
         * Checks the components.
         *
         * @param signature the token's name
         * @param blob what the module needs to find the key; owned by this
         * @throws NullPointerException if a component is null
         */
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
