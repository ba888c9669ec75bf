package org.ecryptfsj.keymodule;

import java.util.Objects;

/** What a module makes of its parameters at mount time, to be stored as an authentication token. */
public sealed interface TokenContents extends AutoCloseable {
    /** The name the token gets. */
    Signature signature();

    @Override
    void close();

    /**
     * The kernel wraps file keys itself (a password token).
     *
     * @param signature the token's name
     * @param fekek 64 bytes, the key that encrypts file keys; owned by this
     * @param salt what the passphrase was hashed with
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
     * The kernel asks the daemon, and the daemon asks the module (a private-key token).
     *
     * @param signature the token's name
     * @param blob what the module needs to find the key; owned by this
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
