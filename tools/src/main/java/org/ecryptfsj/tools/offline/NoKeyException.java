package org.ecryptfsj.tools.offline;

/** A file or name cannot be decrypted with the keys at hand. */
final class NoKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    NoKeyException(String message) {
        super(message);
    }
}
