package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ecryptfsj.tools.command.ToolFailure;

/** A small file a user describes a private directory with. */
final class UserFile {
    private static final int MOST_BYTES = 4096;

    private UserFile() {}

    /**
     * Its text, if it is a regular file of that user's, and no symbolic link.
     *
     * @throws NoSuchFileException if it is not there
     * @throws ToolFailure if it is something else, or too large
     */
    static String read(Path file, int owner) throws IOException, ToolFailure {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || !Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                        .equals(owner)) {
            throw new ToolFailure(
                    1,
                    file + " is not a regular file of the user's own",
                    "replace it by a file that is: ls -l " + file);
        }
        try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ToolFailure(1, file + " has more than " + MOST_BYTES + " bytes", "write it again");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
