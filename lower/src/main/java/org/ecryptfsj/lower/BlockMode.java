package org.ecryptfsj.lower;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
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
 * A block cipher with its key, in the modes ECB and CBC. Used by one thread at a time. The Java runtime implements aes and
 * des3_ede, Bouncy Castle the others. Neither can wipe a key, but both overwrite it when they get another one, so {@link
 * #close()} sets a key of zeros; for twofish, Bouncy Castle leaves a key schedule in memory.
 */
public abstract sealed class BlockMode implements AutoCloseable {
    private final Secret key;

    private BlockMode(Secret key) {
        this.key = key;
    }

    /**
     * Creates the cipher with a key.
     *
     * @param key its first bytes are used, as many as the cipher needs; owned by the caller
     */
    public static BlockMode of(CipherSpec cipher, Secret key) {
        Secret part = Secret.copyOf(key.buffer().limit(cipher.keyBytes()));
        return switch (cipher.cipher()) {
            case AES -> new JdkBlockMode("AES", part);
            case DES3_EDE -> new JdkBlockMode("DESede", part);
            case CAST5 -> new BouncyCastleBlockMode(new CAST5Engine(), part);
            case BLOWFISH -> new BouncyCastleBlockMode(new BlowfishEngine(), part);
            case TWOFISH -> new BouncyCastleBlockMode(new TwofishEngine(), part);
            case CAST6 -> new BouncyCastleBlockMode(new CAST6Engine(), part);
        };
    }

    /** Encrypts or decrypts whole blocks in ECB mode. */
    public final byte[] ecb(boolean encrypt, byte[] blocks) {
        prepareEcb();
        return key.onHeap(bytes -> ecb(encrypt, bytes, blocks));
    }

    /** Another cipher with the same key, for another thread. */
    final BlockMode copy(CipherSpec cipher) {
        return of(cipher, key);
    }

    /**
     * Begins to decrypt blocks in CBC mode.
     *
     * @param iv as long as a block
     */
    final void beginCbc(byte[] iv) {
        prepareCbc();
        key.onHeap(bytes -> {
            initCbc(bytes, iv);
            return null;
        });
    }

    /** Decrypts the next whole blocks in CBC mode, to another array. */
    abstract void decryptCbc(byte[] encrypted, int from, int length, byte[] plain, int to);

    /** Wipes the key and the cipher's copies of it. */
    @Override
    public final void close() {
        replaceKey(new byte[key.size()]);
        key.close();
    }

    /** The number of bytes of the key. */
    final int keyBytes() {
        return key.size();
    }

    /** Called before the key is on the heap. */
    void prepareEcb() {}

    /** Called before the key is on the heap. */
    void prepareCbc() {}

    /** @param key wiped when this returns */
    abstract byte[] ecb(boolean encrypt, byte[] key, byte[] blocks);

    /** @param key wiped when this returns */
    abstract void initCbc(byte[] key, byte[] iv);

    abstract void replaceKey(byte[] key);

    private static final class JdkBlockMode extends BlockMode {
        private static final String CANNOT_BE_CHANGED = "the cipher cannot be given another key";

        private final String name;
        private Optional<Cipher> ecb = Optional.empty();
        private Optional<Cipher> cbc = Optional.empty();

        JdkBlockMode(String name, Secret key) {
            super(key);
            this.name = name;
        }

        private Cipher cipher(String mode) {
            try {
                return Cipher.getInstance(name + "/" + mode + "/NoPadding");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(
                        "this Java runtime has no " + name + ", which every runtime must have", e);
            }
        }

        /**
         * A cipher loads classes at its first key: long enough for the garbage collector to move the key and leave a copy. So the
         * first key is not the real one.
         */
        @Override
        void prepareEcb() {
            if (ecb.isEmpty()) {
                ecb = Optional.of(cipher("ECB"));
                initEcb(Cipher.DECRYPT_MODE, new byte[keyBytes()]);
            }
        }

        /** As {@link #prepareEcb}. */
        @Override
        void prepareCbc() {
            if (cbc.isEmpty()) {
                cbc = Optional.of(cipher("CBC"));
                initCbc(new byte[keyBytes()], new byte[cbc.get().getBlockSize()]);
            }
        }

        @Override
        byte[] ecb(boolean encrypt, byte[] key, byte[] blocks) {
            initEcb(encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, key);
            try {
                return ecb.orElseThrow().doFinal(blocks);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("whole blocks were not processed", e);
            }
        }

        private void initEcb(int direction, byte[] key) {
            try {
                ecb.orElseThrow().init(direction, new UncopiedKey(key, name));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(CANNOT_BE_CHANGED, e);
            }
        }

        /** To another array: to the same one, the cipher would allocate a copy. */
        @Override
        void decryptCbc(byte[] encrypted, int from, int length, byte[] plain, int to) {
            try {
                cbc.orElseThrow().update(encrypted, from, length, plain, to);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("whole blocks were not decrypted", e);
            }
        }

        @Override
        void replaceKey(byte[] key) {
            if (ecb.isPresent()) {
                initEcb(Cipher.DECRYPT_MODE, key.clone());
            }
            if (cbc.isPresent()) {
                initCbc(key, new byte[cbc.get().getBlockSize()]);
            }
        }

        @Override
        void initCbc(byte[] key, byte[] iv) {
            try {
                cbc.orElseThrow().init(Cipher.DECRYPT_MODE, new UncopiedKey(key, name), new IvParameterSpec(iv));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(CANNOT_BE_CHANGED, e);
            }
        }
    }

    private static final class BouncyCastleBlockMode extends BlockMode {
        private final BlockCipher engine;
        private final CBCModeCipher cbc;

        BouncyCastleBlockMode(BlockCipher engine, Secret key) {
            super(key);
            this.engine = engine;
            this.cbc = CBCBlockCipher.newInstance(engine);
        }

        @Override
        byte[] ecb(boolean encrypt, byte[] key, byte[] blocks) {
            withKey(key, parameter -> engine.init(encrypt, parameter));
            byte[] result = new byte[blocks.length];
            for (int at = 0; at < blocks.length; at += engine.getBlockSize()) {
                engine.processBlock(blocks, at, result, at);
            }
            return result;
        }

        @Override
        void initCbc(byte[] key, byte[] iv) {
            withKey(key, parameter -> cbc.init(false, new ParametersWithIV(parameter, iv)));
        }

        @Override
        void decryptCbc(byte[] encrypted, int from, int length, byte[] plain, int to) {
            int block = cbc.getBlockSize();
            for (int at = 0; at < length; at += block) {
                cbc.processBlock(encrypted, from + at, plain, to + at);
            }
        }

        @Override
        void replaceKey(byte[] key) {
            withKey(key, parameter -> engine.init(false, parameter));
        }

        /** An engine reads the parameter's copy of the key only in {@code init}. */
        private static void withKey(byte[] key, Consumer<KeyParameter> init) {
            KeyParameter parameter = new KeyParameter(key);
            try {
                init.accept(parameter);
            } finally {
                Arrays.fill(parameter.getKey(), (byte) 0);
            }
        }
    }

    /** A key for the runtime's cipher that makes no copy of the bytes; the caller wipes them. */
    private static final class UncopiedKey implements SecretKey {
        private static final long serialVersionUID = 1L;

        private final transient byte[] bytes;
        private final String algorithm;

        UncopiedKey(byte[] bytes, String algorithm) {
            this.bytes = bytes;
            this.algorithm = algorithm;
        }

        @Override
        public String getAlgorithm() {
            return algorithm;
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return bytes;
        }
    }
}
