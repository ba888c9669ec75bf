package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesCipher;
import org.ecryptfsj.linux.LockedMemory;

/** AES by libcrypto. No key and no decrypted byte is on the heap, except the result of {@link #ecb}. */
final class LibcryptoBlockMode extends BlockMode {
    private final AesCipher aes;
    private final ByteBuffer iv = ByteBuffer.allocateDirect(FileCipher.AES.blockBytes());

    LibcryptoBlockMode(Secret key) {
        super(key);
        this.aes = new AesCipher(key);
    }

    @Override
    public byte[] ecb(boolean encrypt, byte[] blocks) {
        try (Secret in = Secret.copyOf(ByteBuffer.wrap(blocks));
                Secret out = aes.ecb(encrypt, in)) {
            byte[] result = new byte[blocks.length];
            LockedMemory.copy(out.buffer(), 0, ByteBuffer.wrap(result), 0, result.length);
            return result;
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
