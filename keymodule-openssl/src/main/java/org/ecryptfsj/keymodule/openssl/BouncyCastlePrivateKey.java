package org.ecryptfsj.keymodule.openssl;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.encodings.OAEPEncoding;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.ecryptfsj.keymodule.Secret;

/** A private key in Bouncy Castle: its numbers stay on the heap until the garbage collector overwrites them. */
record BouncyCastlePrivateKey(RSAPrivateCrtKeyParameters key) implements PrivateKeyHandle {
    @Override
    public Secret decrypt(byte[] encrypted) throws InvalidCipherTextException {
        OAEPEncoding oaep = new OAEPEncoding(new RSABlindedEngine());
        oaep.init(false, key);
        return Secret.takeBytes(oaep.processBlock(encrypted, 0, encrypted.length));
    }

    @Override
    public void close() {}

    /** Never the numbers. */
    @Override
    public String toString() {
        return "BouncyCastlePrivateKey";
    }
}
