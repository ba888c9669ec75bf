package org.ecryptfsj.tools.setup;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A change that a setup makes, with the data needed to undo it. It is a line of the undo log: a JSON object with the
 * members {@code deed} (the kind), {@code subject} and {@code detail}.
 *
 * @param kind kind of the change
 * @param subject the changed object
 * @param detail depends on the kind
 */
record UndoEntry(Kind kind, String subject, String detail) {
    /** The kinds of changes. */
    enum Kind {
        /** A directory is created. */
        DIRECTORY,
        /** A TPM key with this UUID is created; the detail is the directory whose files need it. */
        KEY,
        /** A key file is made; the detail is the directory whose files need it. */
        KEY_FILE,
        /** A file is written; the detail is the path of its backup, empty if the file is new. */
        FILE,
        /** A service is enabled at boot. */
        SERVICE,
        /** Swap is encrypted. */
        SWAP,
        /** A test directory is made in the lower directory, which is the subject. */
        PROBE,
        /** A directory is mounted. */
        MOUNT,
        /** The setup is complete: the subject is the lower directory, the detail the mount point. */
        COMPLETE
    }

    /** @throws NullPointerException if a component is null */
    UndoEntry {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(subject);
        Objects.requireNonNull(detail);
    }

    static UndoEntry of(Kind kind, String subject) {
        return new UndoEntry(kind, subject, "");
    }

    String line() throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("deed", kind.name());
        json.put("subject", subject);
        json.put("detail", detail);
        return JSON.std.asString(json);
    }

    /** @throws IOException if it is not a line of an undo log */
    static UndoEntry parse(String line) throws IOException {
        Map<String, Object> json = JSON.std.mapFrom(line);
        try {
            return new UndoEntry(
                    Kind.valueOf(String.valueOf(json.get("deed"))),
                    String.valueOf(json.get("subject")),
                    String.valueOf(json.get("detail")));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the undo log has an entry of an unknown kind, written by another version: " + line, e);
        }
    }
}
