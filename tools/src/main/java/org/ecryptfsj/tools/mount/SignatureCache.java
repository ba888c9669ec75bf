package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keymodule.Signature;

/**
 * The signatures of keys that a user has used for mounts: {@code ~/.ecryptfs/sig-cache.txt}, lines of 16 hex digits
 * (docs/spec/auth-tok.md, section 7).
 */
final class SignatureCache {
    private final Path file;
    private final List<String> appended = new ArrayList<>();

    SignatureCache(Path home) {
        file = home.resolve(".ecryptfs/sig-cache.txt");
    }

    Path file() {
        return file;
    }

    boolean contains(Signature signature) throws IOException {
        return Files.exists(file)
                && Files.readAllLines(file, StandardCharsets.ISO_8859_1).contains(signature.hex());
    }

    /** Appends a line; first ends the last line if it has no line end. */
    void append(Signature signature) throws IOException {
        Path directory = file.getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        String start = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
        Files.writeString(file, start + signature.hex() + "\n", StandardOpenOption.APPEND);
        appended.add(signature.hex());
    }

    /** Removes the signatures that this object appended, after a failed mount. */
    void removeAppended() throws IOException {
        if (appended.isEmpty()) {
            return;
        }
        List<String> kept = new ArrayList<>(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
        kept.removeAll(appended);
        appended.clear();
        if (kept.isEmpty()) {
            Files.delete(file);
        } else {
            Files.write(file, kept, StandardCharsets.ISO_8859_1);
        }
    }
}
