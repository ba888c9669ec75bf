package org.ecryptfsj.tools.offline;

/**
 * One walk through the tree. The disk has all changes of a pass before the next one begins (docs/spec/file-format.md, section
 * 7), so that each file opens with the old keys or with the new ones at any moment.
 */
enum RekeyPass {
    /** Writes new keys where nobody reads them yet. */
    PREPARE("new keys written"),
    /** Makes the written keys valid. */
    ACTIVATE("new keys made valid"),
    /** Makes dropped keys invalid. */
    REVOKE("keys dropped"),
    /** Overwrites what is left of dropped keys. */
    ERASE("dropped keys overwritten"),
    /** Encrypts names and targets of symbolic links with the new key. */
    NAMES("names changed");

    private final String progress;

    RekeyPass(String progress) {
        this.progress = progress;
    }

    /** What the progress bar counts. */
    String progress() {
        return progress;
    }
}
