/**
 * RSA keys in PEM files: {@link org.ecryptfsj.keymodule.openssl.OpensslKeyModule} finds the key file and its passphrase,
 * {@link org.ecryptfsj.keymodule.openssl.PemKeyFile} reads what OpenSSL writes, and
 * {@link org.ecryptfsj.keymodule.openssl.RsaKey} does what a request needs.
 */
package org.ecryptfsj.keymodule.openssl;
