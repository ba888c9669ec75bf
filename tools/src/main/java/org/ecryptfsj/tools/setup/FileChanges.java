package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.tree.AtomicFileWriter;

/** The changes that a set-up makes to files, one at a time: between any two of them the machine may lose power. */
interface FileChanges {
    /** Makes a directory; what is above it exists. */
    void makeDirectory(Path directory, String permissions) throws IOException;

    /** Writes a new file and returns when the disk has it. What an interrupted set-up left in its place goes first. */
    void write(Path file, byte[] contents, String permissions) throws IOException;

    /** Copies a file with its attributes. */
    void copy(Path file, Path to) throws IOException;

    /** Renames a file, over another one if need be. */
    void move(Path file, Path to) throws IOException;

    /** Deletes a file that may be missing. */
    void delete(Path file) throws IOException;

    /** Those of this machine. */
    static FileChanges ofThisMachine() {
        return new FileChanges() {
            @Override
            public void makeDirectory(Path directory, String permissions) throws IOException {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
            }

            @Override
            public void write(Path file, byte[] contents, String permissions) throws IOException {
                Files.deleteIfExists(file);
                AtomicFileWriter.create(file, ByteBuffer.wrap(contents), permissions);
            }

            @Override
            public void copy(Path file, Path to) throws IOException {
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            }

            @Override
            public void move(Path file, Path to) throws IOException {
                AtomicFileWriter.rename(file, to);
            }

            @Override
            public void delete(Path file) throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }
}
