package org.ecryptfsj.tree;

import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;

/**
 * Converts between the bytes of names and java.nio's paths. On Unix the bytes stay as they are, independent of the locale;
 * elsewhere names are text, and their bytes are UTF-8.
 */
final class NioPaths {
    private final FileSystem files;
    private final boolean keepsBytes;

    NioPaths(FileSystem files) {
        this.files = files;
        this.keepsBytes =
                files == FileSystems.getDefault() && files.getSeparator().equals("/");
    }

    /** Whether names can be any bytes. */
    boolean keepsBytes() {
        return keepsBytes;
    }

    /** The path that a command line names. */
    Path argument(byte[] bytes) {
        return keepsBytes ? ByteText.path(ByteText.decode(bytes)) : files.getPath(ByteText.decode(bytes));
    }

    /** The target of a symbolic link. */
    Path target(byte[] bytes) {
        return keepsBytes ? ByteText.path(bytes) : files.getPath(text(bytes));
    }

    /** The path of one name, relative to its directory. */
    Path path(FileName name) {
        if (keepsBytes) {
            return ByteText.path(name.bytes());
        }
        String text = text(name.bytes());
        Path path = files.getPath(text);
        if (path.getRoot() != null || path.getNameCount() != 1) {
            throw new InvalidPathException(text, "it is not one name");
        }
        return path;
    }

    /** The last name of a path. */
    FileName name(Path path) {
        return FileName.of(bytes(path.getFileName()));
    }

    byte[] bytes(Path path) {
        return keepsBytes ? ByteText.bytes(path) : path.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
