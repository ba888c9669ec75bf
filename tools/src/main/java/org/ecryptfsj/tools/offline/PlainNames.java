package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.lower.RawName;
import org.ecryptfsj.tools.command.ToolFailure;

/** The names and symlink targets of lower files, decrypted where they are encrypted. */
record PlainNames(OfflineKeys keys) {
    /**
     * A file's name.
     *
     * @throws NoKeyException if its key is not at hand, or it decrypts to something that is no name
     */
    byte[] of(Path lower) throws NoKeyException, ToolFailure, IOException {
        byte[] name = plain(RawName.bytes(lower));
        boolean dots = name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
        for (byte b : name) {
            if (b == '/' || dots) {
                throw new NoKeyException("its name decrypts to \"" + RawName.shown(name)
                        + "\", which is no file's name: somebody made it up");
            }
        }
        return name;
    }

    /** A symlink's target. */
    byte[] targetOf(Path symlink) throws NoKeyException, ToolFailure, IOException {
        return plain(RawName.bytesOfAll(Files.readSymbolicLink(symlink)));
    }

    private byte[] plain(byte[] lower) throws NoKeyException, ToolFailure, IOException {
        try {
            return EncryptedName.isEncrypted(lower) ? keys.decrypt(EncryptedName.read(lower)) : lower;
        } catch (MalformedLowerException e) {
            throw new NoKeyException(e.getMessage());
        }
    }

    /** What is in a lower directory, in a fixed order. */
    static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(entries);
        return entries;
    }
}
