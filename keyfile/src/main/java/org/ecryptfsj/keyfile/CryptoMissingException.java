package org.ecryptfsj.keyfile;

/** OpenSSL's libcrypto is not installed, without which no key file is made or unlocked. */
public final class CryptoMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CryptoMissingException(UnsatisfiedLinkError cause) {
        super(cause.getMessage() + ": install OpenSSL's library (package libssl3)", cause);
    }
}
