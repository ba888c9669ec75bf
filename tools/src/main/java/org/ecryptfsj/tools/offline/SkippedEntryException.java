package org.ecryptfsj.tools.offline;

/** A file or directory entry is skipped, because it cannot be decrypted or placed. The message is the reason. */
sealed class SkippedEntryException extends Exception permits KeyNotReadyException {
    private static final long serialVersionUID = 1L;

    SkippedEntryException(String message) {
        super(message);
    }
}
