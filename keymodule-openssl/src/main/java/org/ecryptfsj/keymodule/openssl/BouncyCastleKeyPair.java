package org.ecryptfsj.keymodule.openssl;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.encodings.OAEPEncoding;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.ecryptfsj.keymodule.Secret;

/**
 * A key pair in Bouncy Castle: the numbers of its private key, and what it encrypts and decrypts, stay on the heap until the garbage
 * collector overwrites them.
 */
record BouncyCastleKeyPair(RSAPrivateCrtKeyParameters key) implements RsaKeyPair {
    @Override
    public byte[] encrypt(Secret payload) throws InvalidCipherTextException {
        OAEPEncoding oaep = new OAEPEncoding(new RSABlindedEngine());
        oaep.init(true, new RSAKeyParameters(false, key.getModulus(), key.getPublicExponent(), true));
        return payload.onHeap(bytes -> oaep.processBlock(bytes, 0, bytes.length));
    }

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
        return "BouncyCastleKeyPair";
    }
}
