package org.ecryptfsj.lower;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.BlowfishEngine;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.CAST6Engine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.ecryptfsj.keymodule.Secret;

/**
 * A cipher with its key, one block after the other (ECB) or chained (CBC). One thread at a time. The Java runtime does aes and
 * des3_ede, Bouncy Castle the others; neither lets its key schedule be wiped, so this lives no longer than its reader.
 */
abstract sealed class Blocks {
    private Blocks() {}

    /** A cipher with a key of the right size, which stays the caller's. */
    static Blocks of(KeyedCipher cipher, Secret key) {
        return key.onHeap(bytes -> of(cipher.cipher(), bytes));
    }

    private static Blocks of(FileCipher cipher, byte[] key) {
        return switch (cipher) {
            case AES -> new OfRuntime("AES", key);
            case DES3_EDE -> new OfRuntime("DESede", key);
            case CAST5 -> new OfBouncyCastle(new CAST5Engine(), key);
            case BLOWFISH -> new OfBouncyCastle(new BlowfishEngine(), key);
            case TWOFISH -> new OfBouncyCastle(new TwofishEngine(), key);
            case CAST6 -> new OfBouncyCastle(new CAST6Engine(), key);
        };
    }

    /** Encrypts or decrypts whole blocks, each for itself. */
    abstract byte[] ecb(boolean encrypt, byte[] blocks);

    /**
     * Decrypts whole blocks in place, chained.
     *
     * @param iv as long as a block
     */
    abstract void decryptCbc(byte[] iv, byte[] data, int from, int length);

    private static final class OfRuntime extends Blocks {
        private final SecretKey key;
        private final Cipher ecb;
        private final Cipher cbc;

        OfRuntime(String name, byte[] key) {
            this.key = new SecretKeySpec(key, name);
            try {
                ecb = Cipher.getInstance(name + "/ECB/NoPadding");
                cbc = Cipher.getInstance(name + "/CBC/NoPadding");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java runtime has no " + name + ", which it must have", e);
            }
        }

        @Override
        byte[] ecb(boolean encrypt, byte[] blocks) {
            try {
                ecb.init(encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, key);
                return ecb.doFinal(blocks);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("whole blocks were not processed", e);
            }
        }

        @Override
        void decryptCbc(byte[] iv, byte[] data, int from, int length) {
            try {
                cbc.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(iv));
                cbc.doFinal(data, from, length, data, from);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("whole blocks were not decrypted", e);
            }
        }
    }

    private static final class OfBouncyCastle extends Blocks {
        private final BlockCipher engine;
        private final CBCModeCipher cbc;
        private final KeyParameter key;

        OfBouncyCastle(BlockCipher engine, byte[] key) {
            this.engine = engine;
            this.cbc = CBCBlockCipher.newInstance(engine);
            this.key = new KeyParameter(key);
        }

        @Override
        byte[] ecb(boolean encrypt, byte[] blocks) {
            engine.init(encrypt, key);
            byte[] result = new byte[blocks.length];
            for (int at = 0; at < blocks.length; at += engine.getBlockSize()) {
                engine.processBlock(blocks, at, result, at);
            }
            return result;
        }

        @Override
        void decryptCbc(byte[] iv, byte[] data, int from, int length) {
            cbc.init(false, new ParametersWithIV(key, iv));
            int block = cbc.getBlockSize();
            for (int at = from; at < from + length; at += block) {
                cbc.processBlock(data, at, data, at);
            }
        }
    }
}
