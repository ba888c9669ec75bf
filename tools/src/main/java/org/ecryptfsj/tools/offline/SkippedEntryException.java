package org.ecryptfsj.tools.offline;

/** A file or name cannot be decrypted with the keys at hand. */
final class SkippedEntryException extends Exception {
    private static final long serialVersionUID = 1L;

    SkippedEntryException(String message) {
        super(message);
    }
}
