package org.ecryptfsj.tools.offline;

/** A file or directory entry is skipped, because it cannot be decrypted or placed. The message is the reason. */
final class SkippedEntryException extends Exception {
    private static final long serialVersionUID = 1L;

    SkippedEntryException(String message) {
        super(message);
    }
}
