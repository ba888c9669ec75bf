package org.ecryptfsj.lower;

import java.util.Objects;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;

/** A file's key, encrypted with one of the keys that open the file. */
public sealed interface KeyPacket {
    /**
     * The signature of a dropped key: no key has it (docs/spec/file-format.md, section 7). A packet with it is not a key of the
     * file any more.
     */
    Signature DROPPED = new Signature("0".repeat(Signature.HEX_DIGITS));

    /** The signature of that key. */
    Signature signature();

    /** The encrypted file key. */
    EncryptedBytes encryptedKey();

    /**
     * TAG 3 and TAG 11: encrypted with a passphrase's key (docs/spec/packets.md, sections 8 and 9).
     *
     * @param signature of the passphrase's key
     * @param cipher that encrypts the file key, and the contents with the file key
     * @param salt of the passphrase hash
     * @param encryptedKey whole blocks; longer than the key for aes with 24 bytes
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
     * @param signature of the module's key
     * @param encryptedKey from the module; includes the cipher code
     */
    record ModulePacket(Signature signature, EncryptedBytes encryptedKey) implements KeyPacket {
        /** @throws NullPointerException if a component is null */
        public ModulePacket {
            Objects.requireNonNull(signature);
            Objects.requireNonNull(encryptedKey);
        }
    }
}
