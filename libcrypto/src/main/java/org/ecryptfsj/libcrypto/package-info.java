/** OpenSSL's libcrypto: {@link org.ecryptfsj.libcrypto.LibcryptoLoader} loads it for the key modules that call it. */
package org.ecryptfsj.libcrypto;
