package org.ecryptfsj.keymodule.openssl;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/** The ciphers with which OpenSSL encrypts private keys, with their names in both forms of PEM. */
enum PemCipher {
    AES_128_CBC(16, AESEngine::newInstance, NISTObjectIdentifiers.id_aes128_CBC),
    AES_192_CBC(24, AESEngine::newInstance, NISTObjectIdentifiers.id_aes192_CBC),
    AES_256_CBC(32, AESEngine::newInstance, NISTObjectIdentifiers.id_aes256_CBC),
    DES_EDE3_CBC(24, DESedeEngine::new, PKCSObjectIdentifiers.des_EDE3_CBC);

    private final int keyBytes;

    @SuppressWarnings("ImmutableEnumChecker") // constructors
    private final Supplier<BlockCipher> engine;

    @SuppressWarnings("ImmutableEnumChecker") // a constant of the library
    private final ASN1ObjectIdentifier identifier;

    PemCipher(int keyBytes, Supplier<BlockCipher> engine, ASN1ObjectIdentifier identifier) {
        this.keyBytes = keyBytes;
        this.engine = engine;
        this.identifier = identifier;
    }

    /** The cipher of a name in a {@code DEK-Info} header. */
    static Optional<PemCipher> named(String dekInfo) {
        return Arrays.stream(values()).filter(c -> c.dekInfo().equals(dekInfo)).findFirst();
    }

    /** The cipher of an object identifier in PKCS#8. */
    static Optional<PemCipher> of(ASN1ObjectIdentifier identifier) {
        return Arrays.stream(values())
                .filter(c -> c.identifier.equals(identifier))
                .findFirst();
    }

    static List<String> names() {
        return Arrays.stream(values()).map(PemCipher::dekInfo).toList();
    }

    String dekInfo() {
        return name().replace('_', '-');
    }

    int keyBytes() {
        return keyBytes;
    }

    int blockBytes() {
        return engine.get().getBlockSize();
    }

    byte[] encrypt(KeyParameter key, byte[] iv, byte[] clear) {
        try {
            return run(true, key, iv, clear);
        } catch (InvalidCipherTextException e) {
            throw new IllegalStateException("encryption cannot meet invalid ciphertext", e);
        }
    }

    /** @throws InvalidCipherTextException if the padding is wrong, which nearly always means a wrong key */
    byte[] decrypt(KeyParameter key, byte[] iv, byte[] encrypted) throws InvalidCipherTextException {
        return run(false, key, iv, encrypted);
    }

    private byte[] run(boolean encrypts, KeyParameter key, byte[] iv, byte[] in) throws InvalidCipherTextException {
        PaddedBufferedBlockCipher cipher = new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(engine.get()));
        cipher.init(encrypts, new ParametersWithIV(key, iv));
        byte[] out = new byte[cipher.getOutputSize(in.length)];
        try {
            int count = cipher.processBytes(in, 0, in.length, out, 0);
            count += cipher.doFinal(out, count);
            return Arrays.copyOf(out, count);
        } finally {
            Arrays.fill(out, (byte) 0);
        }
    }
}
