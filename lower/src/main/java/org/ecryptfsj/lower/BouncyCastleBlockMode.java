package org.ecryptfsj.lower;

import java.util.Arrays;
import java.util.function.Consumer;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.ecryptfsj.keymodule.Secret;

/** A cipher of Bouncy Castle. */
final class BouncyCastleBlockMode extends HeapBlockMode {
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
    void decryptCbc(byte[] encrypted, int length, byte[] plain) {
        int block = cbc.getBlockSize();
        for (int at = 0; at < length; at += block) {
            cbc.processBlock(encrypted, at, plain, at);
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
