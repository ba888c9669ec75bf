package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesCipher;

/** AES by libcrypto. No key and no decrypted byte is on the heap. */
final class LibcryptoBlockMode extends BlockMode {
    private final AesCipher aes;
    private final ByteBuffer iv = ByteBuffer.allocateDirect(FileCipher.AES.blockBytes());

    LibcryptoBlockMode(Secret key) {
        super(key);
        this.aes = new AesCipher(key);
    }

    @Override
    public byte[] encryptEcb(Secret blocks) {
        try (Secret encrypted = aes.ecb(true, blocks)) {
            byte[] bytes = new byte[encrypted.size()];
            encrypted.buffer().get(bytes);
            return bytes;
        }
    }

    @Override
    public Secret decryptEcb(byte[] blocks) {
        try (Secret encrypted = Secret.copyOf(ByteBuffer.wrap(blocks))) {
            return aes.ecb(false, encrypted);
        }
    }

    @Override
    void beginCbc(byte[] first) {
        aes.beginCbc(iv.put(0, first));
    }

    @Override
    void decryptCbc(ByteBuffer encrypted, int from, int length, ByteBuffer plain, int to) {
        aes.decryptCbc(encrypted.slice(from, length), length, plain.slice(to, length));
    }

    @Override
    void wipe() {
        aes.close();
    }
}
