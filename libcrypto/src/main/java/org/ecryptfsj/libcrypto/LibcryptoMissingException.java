package org.ecryptfsj.libcrypto;

/** OpenSSL's libcrypto is not installed. The message says what to install. */
public final class LibcryptoMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param cause which names the libraries or functions that are missing */
    public LibcryptoMissingException(UnsatisfiedLinkError cause) {
        super(cause.getMessage() + ": install OpenSSL's library (package libssl3)", cause);
    }
}
