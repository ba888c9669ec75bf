package org.ecryptfsj.keyfile;

import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;

/**
 * How a directory is mounted.
 *
 * @param content the signature of the key that encrypts file keys
 * @param cipher the cipher of new files
 * @param names how file names are encrypted; empty if they are not
 * @param xattrMetadata whether headers of new files are in an extended attribute
 */
public record MountSettings(
        Signature content, CipherChoice cipher, Optional<NameEncryption> names, boolean xattrMetadata) {
    /**
     * How names are encrypted.
     *
     * @param signature of the key, which may be that of the content
     * @param cipher the cipher
     */
    public record NameEncryption(Signature signature, CipherChoice cipher) {
        /** @throws NullPointerException if a component is null */
        public NameEncryption {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(cipher);
        }
    }

    /** @throws NullPointerException if a component is null */
    public MountSettings {
        Objects.requireNonNull(content);
        Objects.requireNonNull(cipher);
        Objects.requireNonNull(names);
    }
}
