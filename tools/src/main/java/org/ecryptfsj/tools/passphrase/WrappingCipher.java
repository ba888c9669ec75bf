package org.ecryptfsj.tools.passphrase;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesBlocks;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.lower.BlockMode;
import org.ecryptfsj.lower.CipherSpec;
import org.ecryptfsj.lower.FileCipher;

/**
 * AES-128-ECB of wrapped passphrases (docs/spec/auth-tok.md, section 7): by libcrypto, or without it by the Java runtime, which
 * takes longer to start.
 */
final class WrappingCipher {
    private static final CipherSpec AES_128 = new CipherSpec(FileCipher.AES, 16);

    private WrappingCipher() {}

    /**
     * Encrypts.
     *
     * @param key its first 16 bytes are used
     * @param padded whole blocks
     */
    static byte[] encrypt(Secret key, Secret padded) {
        try {
            return new AesBlocks().encryptEcb128(key, padded);
        } catch (LibcryptoMissingException e) {
            return encryptInJava(key, padded);
        }
    }

    /**
     * Decrypts.
     *
     * @param key its first 16 bytes are used
     * @param encrypted whole blocks
     * @return closed by the caller
     */
    static Secret decrypt(Secret key, byte[] encrypted) {
        try {
            return new AesBlocks().decryptEcb128(key, encrypted);
        } catch (LibcryptoMissingException e) {
            return decryptInJava(key, encrypted);
        }
    }

    static byte[] encryptInJava(Secret key, Secret padded) {
        try (BlockMode aes = BlockMode.inJava(AES_128, key)) {
            return padded.onHeap(bytes -> aes.ecb(true, bytes));
        }
    }

    static Secret decryptInJava(Secret key, byte[] encrypted) {
        try (BlockMode aes = BlockMode.inJava(AES_128, key)) {
            byte[] plain = aes.ecb(false, encrypted);
            try {
                return Secret.copyOf(ByteBuffer.wrap(plain));
            } finally {
                Arrays.fill(plain, (byte) 0);
            }
        }
    }
}
