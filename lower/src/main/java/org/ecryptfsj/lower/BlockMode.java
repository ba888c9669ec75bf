package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import org.bouncycastle.crypto.engines.BlowfishEngine;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.CAST6Engine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.LibcryptoLoader;

/**
 * A block cipher with its key, in the modes ECB and CBC. Used by one thread at a time. libcrypto implements aes where it is
 * installed: the Java runtime's is slow until its second compiler has compiled it, and keeps keys on the heap.
 */
public abstract sealed class BlockMode implements AutoCloseable permits LibcryptoBlockMode, HeapBlockMode {
    private final Secret key;

    /** @param key closed with the cipher */
    BlockMode(Secret key) {
        this.key = key;
    }

    /**
     * Creates the cipher with a key.
     *
     * @param key its first bytes are used, as many as the cipher needs; owned by the caller
     */
    public static BlockMode of(CipherSpec cipher, Secret key) {
        return cipher.cipher() == FileCipher.AES && LibcryptoLoader.isAvailable()
                ? new LibcryptoBlockMode(part(cipher, key))
                : inJava(cipher, key);
    }

    /**
     * Creates the cipher with a key, without a native library.
     *
     * @param key its first bytes are used, as many as the cipher needs; owned by the caller
     */
    public static BlockMode inJava(CipherSpec cipher, Secret key) {
        Secret part = part(cipher, key);
        return switch (cipher.cipher()) {
            case AES -> new JdkBlockMode("AES", part);
            case DES3_EDE -> new JdkBlockMode("DESede", part);
            case CAST5 -> new BouncyCastleBlockMode(new CAST5Engine(), part);
            case BLOWFISH -> new BouncyCastleBlockMode(new BlowfishEngine(), part);
            case TWOFISH -> new BouncyCastleBlockMode(new TwofishEngine(), part);
            case CAST6 -> new BouncyCastleBlockMode(new CAST6Engine(), part);
        };
    }

    private static Secret part(CipherSpec cipher, Secret key) {
        return Secret.copyOf(key.buffer().limit(cipher.keyBytes()));
    }

    /** Another cipher with the same key, for another thread. */
    final BlockMode copy(CipherSpec cipher) {
        return of(cipher, key);
    }

    /** Encrypts whole blocks in ECB mode. */
    public abstract byte[] encryptEcb(Secret blocks);

    /**
     * Decrypts whole blocks in ECB mode.
     *
     * @return closed by the caller
     */
    public abstract Secret decryptEcb(byte[] blocks);

    /**
     * Begins to decrypt blocks in CBC mode.
     *
     * @param iv as long as a block
     */
    abstract void beginCbc(byte[] iv);

    /**
     * Decrypts the next whole blocks in CBC mode. No buffer's position moves.
     *
     * @param encrypted a direct buffer
     * @param from the index of the first byte
     * @param length in bytes
     * @param plain another direct buffer
     * @param to the index of the first byte
     */
    abstract void decryptCbc(ByteBuffer encrypted, int from, int length, ByteBuffer plain, int to);

    /** Wipes the key and the cipher's copies of it. */
    @Override
    public final void close() {
        wipe();
        key.close();
    }

    /** The key. */
    final Secret key() {
        return key;
    }

    /** Wipes the cipher's copies of the key. */
    abstract void wipe();
}
