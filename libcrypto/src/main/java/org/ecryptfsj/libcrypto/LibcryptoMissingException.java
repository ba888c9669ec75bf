package org.ecryptfsj.libcrypto;

/** OpenSSL's libcrypto is not installed. The message says what to install. */
public final class LibcryptoMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LibcryptoMissingException(UnsatisfiedLinkError cause) {
        super(cause.getMessage() + ": install OpenSSL's library (package libssl3)", cause);
    }
}
