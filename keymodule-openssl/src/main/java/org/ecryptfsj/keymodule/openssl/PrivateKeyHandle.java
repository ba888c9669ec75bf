package org.ecryptfsj.keymodule.openssl;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.ecryptfsj.keymodule.Secret;

/** An RSA private key, wiped as far as possible by {@link #close()}. */
interface PrivateKeyHandle extends AutoCloseable {
    /**
     * Decrypts OAEP with SHA-1, MGF1 with SHA-1 and an empty label.
     *
     * @param encrypted as long as the modulus
     * @return closed by the caller
     * @throws InvalidCipherTextException if it was not encrypted with this key
     */
    Secret decrypt(byte[] encrypted) throws InvalidCipherTextException;

    @Override
    void close();
}
