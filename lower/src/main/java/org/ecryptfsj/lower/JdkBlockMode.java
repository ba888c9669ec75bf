package org.ecryptfsj.lower;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import org.ecryptfsj.keymodule.Secret;

/** A cipher that each Java runtime has. */
final class JdkBlockMode extends HeapBlockMode {
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
            throw new IllegalStateException("this Java runtime has no " + name + ", which every runtime must have", e);
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
            initEcb(Cipher.DECRYPT_MODE, new byte[key().size()]);
        }
    }

    /** As {@link #prepareEcb}. */
    @Override
    void prepareCbc() {
        if (cbc.isEmpty()) {
            cbc = Optional.of(cipher("CBC"));
            initCbc(new byte[key().size()], new byte[cbc.get().getBlockSize()]);
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
    void decryptCbc(byte[] encrypted, int length, byte[] plain) {
        try {
            cbc.orElseThrow().update(encrypted, 0, length, plain, 0);
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
