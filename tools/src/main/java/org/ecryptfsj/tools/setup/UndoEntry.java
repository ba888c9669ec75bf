package org.ecryptfsj.tools.setup;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Something that a set-up is about to change, or has changed, with what it takes to change it back. A line of the journal: a JSON object with the
 * members {@code entry}, {@code subject} and {@code detail}.
 *
 * @param kind what was done
 * @param subject to what
 * @param detail depends on the kind, see there
 */
record UndoEntry(Kind kind, String subject, String detail) {
    /** What can be done. */
    enum Kind {
        /** A directory is made. */
        DIRECTORY,
        /** A TPM key is made under that name; the detail is the directory whose files need it. */
        KEY,
        /** A file is written; the detail is where the old one is kept, empty if there was none. */
        FILE,
        /** A service is enabled at boot. */
        SERVICE,
        /** Swap is encrypted. */
        SWAP,
        /** A file is written to test a mount; the subject is the directory of the encrypted one. */
        PROBE,
        /** A directory is mounted. */
        MOUNT,
        /** The set-up came to its end: the subject is the source, the detail the mount point. */
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

    /** @throws IOException if it is no line of a journal */
    static UndoEntry parse(String line) throws IOException {
        Map<String, Object> json = JSON.std.mapFrom(line);
        try {
            return new UndoEntry(
                    Kind.valueOf(String.valueOf(json.get("deed"))),
                    String.valueOf(json.get("subject")),
                    String.valueOf(json.get("detail")));
        } catch (IllegalArgumentException e) {
            throw new IOException("the journal has a deed that this version does not know: " + line, e);
        }
    }
}
