package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.tree.AtomicFileWriter;

/** The file operations of a setup. A test can interrupt the setup between any two of them, as a power failure would. */
interface FileOperations {
    /** Creates a directory; its parent exists. */
    void makeDirectory(Path directory, String permissions) throws IOException;

    /**
     * Writes a new file and returns when it is on the disk. A file that an interrupted setup left there is removed
     * first.
     */
    void write(Path file, byte[] contents, String permissions) throws IOException;

    /**
     * Writes a new key file and returns when it is on the disk.
     *
     * @throws KeyFileException EXISTS
     */
    void create(Path file, KeyFile content) throws KeyFileException, IOException;

    /** Copies a file with its attributes. */
    void copy(Path file, Path to) throws IOException;

    /** Renames a file and replaces an existing one. */
    void move(Path file, Path to) throws IOException;

    /** Deletes a file if it exists. */
    void delete(Path file) throws IOException;

    /** The operations on this machine's files. */
    static FileOperations ofThisMachine() {
        return new FileOperations() {
            @Override
            public void makeDirectory(Path directory, String permissions) throws IOException {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
            }

            @Override
            public void write(Path file, byte[] contents, String permissions) throws IOException {
                Files.deleteIfExists(file);
                new AtomicFileWriter().create(file, ByteBuffer.wrap(contents), permissions);
            }

            @Override
            public void create(Path file, KeyFile content) throws KeyFileException, IOException {
                new KeyFileStore().create(file, content);
            }

            @Override
            public void copy(Path file, Path to) throws IOException {
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            }

            @Override
            public void move(Path file, Path to) throws IOException {
                new AtomicFileWriter().rename(file, to);
            }

            @Override
            public void delete(Path file) throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }
}
