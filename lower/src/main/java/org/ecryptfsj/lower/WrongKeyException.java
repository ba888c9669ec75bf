package org.ecryptfsj.lower;

/**
 * What a key made of encrypted bytes cannot be right: it is another key than the one they were encrypted with, or they are
 * damaged.
 */
public final class WrongKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    WrongKeyException(String message) {
        super(message);
    }
}
