package org.ecryptfsj.lower;

import java.util.Objects;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;

/** A file's key, encrypted by one of the keys that open the file. */
public sealed interface KeyPacket {
    /** The key that opens it. */
    Signature signature();

    /** The encrypted file key. */
    EncryptedBytes encryptedKey();

    /**
     * TAG 3 and TAG 11: encrypted by a passphrase's key (docs/spec/packets.md, sections 8 and 9).
     *
     * @param signature the passphrase's key
     * @param cipher with it the file key is encrypted, and the contents by the file key
     * @param salt what the passphrase was hashed with
     * @param encryptedKey whole blocks; more than the key has for aes with 24 bytes
     */
    record PassphrasePacket(Signature signature, CipherSpec cipher, Salt salt, EncryptedBytes encryptedKey)
            implements KeyPacket {
        /** @throws NullPointerException if a component is null */
        public PassphrasePacket {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(cipher);
            Objects.requireNonNull(salt);
            Objects.requireNonNull(encryptedKey);
        }
    }

    /**
     * TAG 1: encrypted by a key module (docs/spec/packets.md, section 7).
     *
     * @param signature the module's key
     * @param encryptedKey what the module made; the cipher is in it
     */
    record ModulePacket(Signature signature, EncryptedBytes encryptedKey) implements KeyPacket {
        /** @throws NullPointerException if a component is null */
        public ModulePacket {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(encryptedKey);
        }
    }
}
