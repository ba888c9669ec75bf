/**
 * OpenSSL's libcrypto: {@link org.ecryptfsj.libcrypto.LibcryptoLoader} loads it for the modules that call it, and
 * {@link org.ecryptfsj.libcrypto.AesGcm} and {@link org.ecryptfsj.libcrypto.HkdfSha256} are what several of them need.
 */
package org.ecryptfsj.libcrypto;
