package org.ecryptfsj.keymodule.openssl;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.encodings.OAEPEncoding;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.ecryptfsj.keymodule.Secret;

/** A private key that Bouncy Castle has read: its numbers stay on the heap until the collector writes over them. */
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
