package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.ecryptfsj.keymodule.Secret;

/**
 * A cipher in Java, for arrays. Such a cipher cannot wipe a key, but it overwrites it when it gets another one, so {@link #wipe()}
 * sets a key of zeros; for twofish, Bouncy Castle leaves a key schedule in memory.
 */
abstract sealed class HeapBlockMode extends BlockMode permits JdkBlockMode, BouncyCastleBlockMode {
    private byte[] encryptedBytes = new byte[0];
    private byte[] plainBytes = new byte[0];

    HeapBlockMode(Secret key) {
        super(key);
    }

    @Override
    public final byte[] encryptEcb(Secret blocks) {
        prepareEcb();
        return key().onHeap(key -> blocks.onHeap(plain -> ecb(true, key, plain)));
    }

    @Override
    public final Secret decryptEcb(byte[] blocks) {
        prepareEcb();
        return Secret.takeBytes(key().onHeap(key -> ecb(false, key, blocks)));
    }

    @Override
    final void beginCbc(byte[] iv) {
        prepareCbc();
        key().onHeap(bytes -> {
            initCbc(bytes, iv);
            return null;
        });
    }

    @Override
    final void decryptCbc(ByteBuffer encrypted, int from, int length, ByteBuffer plain, int to) {
        if (encryptedBytes.length < length) {
            wipePlainBytes();
            encryptedBytes = new byte[length];
            plainBytes = new byte[length];
        }
        encrypted.get(from, encryptedBytes, 0, length);
        decryptCbc(encryptedBytes, length, plainBytes);
        plain.put(to, plainBytes, 0, length);
    }

    @Override
    final void wipe() {
        wipePlainBytes();
        replaceKey(new byte[key().size()]);
    }

    private void wipePlainBytes() {
        Arrays.fill(plainBytes, (byte) 0);
    }

    /** Called before the key is on the heap. */
    void prepareEcb() {}

    /** Called before the key is on the heap. */
    void prepareCbc() {}

    /** @param key wiped when this returns */
    abstract byte[] ecb(boolean encrypt, byte[] key, byte[] blocks);

    /** @param key wiped when this returns */
    abstract void initCbc(byte[] key, byte[] iv);

    /** Decrypts the first bytes of an array to another one. */
    abstract void decryptCbc(byte[] encrypted, int length, byte[] plain);

    abstract void replaceKey(byte[] key);
}
