package org.ecryptfsj.tools.offline;

import org.ecryptfsj.keymodule.Signature;

/** A key of a file was not found for an earlier file: the thread that looks for keys opens the file in its turn. */
final class KeyNotReadyException extends SkippedEntryException {
    private static final long serialVersionUID = 1L;

    KeyNotReadyException(Signature key) {
        super("key " + key + " was not looked for yet");
    }
}
