package org.ecryptfsj.lower;

/**
 * The result of a decryption is invalid: the bytes were encrypted with another key, or are damaged.
 */
public final class WrongKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongKeyException(String message) {
        super(message);
    }
}
