package org.ecryptfsj.keyfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The steps of writing a file, each of which is done as a whole or fails; tests stop between them. */
interface FileChanges {
    /** Makes an empty file of mode 0600 that was not there. */
    void create(Path file) throws IOException;

    /** Writes the content of a file. */
    void write(Path file, byte[] bytes) throws IOException;

    /** Waits until the content of a file is on the disk. */
    void sync(Path file) throws IOException;

    /** Gives a file the name of another one in the same directory, which it replaces. */
    void rename(Path file, Path over) throws IOException;

    /** Gives a file a second name in the same directory, which nothing has. */
    void link(Path file, Path name) throws IOException;

    /** Waits until the names in a directory are on the disk. */
    void syncDirectory(Path directory) throws IOException;

    /** Removes a file, if it is there. */
    void remove(Path file) throws IOException;

    /** On this machine's file systems. */
    static FileChanges ofThisMachine() {
        return new FileChanges() {
            @Override
            public void create(Path file) throws IOException {
                FileChannel.open(
                                file,
                                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                        .close();
            }

            @Override
            public void write(Path file, byte[] bytes) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    ByteBuffer from = ByteBuffer.wrap(bytes);
                    while (from.hasRemaining()) {
                        channel.write(from);
                    }
                }
            }

            @Override
            public void sync(Path file) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }

            @Override
            public void rename(Path file, Path over) throws IOException {
                Files.move(file, over, StandardCopyOption.ATOMIC_MOVE);
            }

            @Override
            public void link(Path file, Path name) throws IOException {
                Files.createLink(name, file);
            }

            @Override
            public void syncDirectory(Path directory) throws IOException {
                try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }

            @Override
            public void remove(Path file) throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }
}
