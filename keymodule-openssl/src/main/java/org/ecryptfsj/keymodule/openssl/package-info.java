/**
 * RSA keys in PEM files: {@link org.ecryptfsj.keymodule.openssl.OpensslKeyModule} finds the key file and its passphrase,
 * {@link org.ecryptfsj.keymodule.openssl.PemKeyFile} reads OpenSSL's files, and
 * {@link org.ecryptfsj.keymodule.openssl.RsaKey} encrypts and decrypts file keys.
 * {@link org.ecryptfsj.keymodule.openssl.OpensslProtector} guards the file key of a key file with such a key.
 */
package org.ecryptfsj.keymodule.openssl;
