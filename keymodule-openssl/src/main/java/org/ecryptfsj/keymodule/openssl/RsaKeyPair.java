package org.ecryptfsj.keymodule.openssl;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.ecryptfsj.keymodule.Secret;

/** An RSA key pair, whose private key is wiped as far as possible by {@link #close()}. OAEP is with SHA-1 and an empty label. */
interface RsaKeyPair extends AutoCloseable {
    /**
     * Encrypts with the public key, padded by OAEP.
     *
     * @param payload owned by the caller; as many bytes fit as the modulus has, less 42
     * @return as long as the modulus
     * @throws InvalidCipherTextException if it cannot be encrypted
     */
    byte[] encrypt(Secret payload) throws InvalidCipherTextException;

    /**
     * Decrypts with the private key.
     *
     * @param encrypted as long as the modulus
     * @return closed by the caller
     * @throws InvalidCipherTextException if it was not encrypted with this key
     */
    Secret decrypt(byte[] encrypted) throws InvalidCipherTextException;

    @Override
    void close();
}
