package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/** The steps of writing a file, each of which is done as a whole or fails; tests stop between them. */
public interface FileChanges {
    /**
     * Makes an empty file of mode 0600 that was not there (O_EXCL), open for writing.
     *
     * @throws IOException if it cannot be made: FileAlreadyExistsException if there is anything of that name
     */
    FileChannel create(Path file) throws IOException;

    /**
     * Writes all that remains in a buffer.
     *
     * @throws IOException if the disk is full, or fails
     */
    void write(FileChannel file, ByteBuffer content) throws IOException;

    /**
     * Sets the mode of a file, not through a symbolic link.
     *
     * @param permissions such as {@code rw-------}
     * @throws IOException if the file is gone, or another user's
     */
    void setPermissions(Path file, String permissions) throws IOException;

    /**
     * Waits until the content of a file is on the disk.
     *
     * @throws IOException if the disk fails
     */
    void sync(FileChannel file) throws IOException;

    /**
     * Gives a file the name of another one in the same directory, which it replaces.
     *
     * @throws IOException if the directory is not writable
     */
    void rename(Path file, Path over) throws IOException;

    /**
     * Gives a file a second name in the same directory.
     *
     * @throws IOException if that fails: FileAlreadyExistsException if there is anything of that name
     */
    void link(Path file, Path name) throws IOException;

    /**
     * Waits until the names in a directory are on the disk. A directory that may not be read cannot be synced, and some file
     * systems sync none: that is no failure.
     *
     * @throws IOException if the disk fails
     */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Removes a file, if it is there.
     *
     * @throws IOException if the directory is not writable
     */
    void remove(Path file) throws IOException;

    /** On this machine's file systems. */
    static FileChanges ofThisMachine() {
        return new FileChanges() {
            @Override
            public FileChannel create(Path file) throws IOException {
                return FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }

            @Override
            public void write(FileChannel file, ByteBuffer content) throws IOException {
                while (content.hasRemaining()) {
                    file.write(content);
                }
            }

            @Override
            public void setPermissions(Path file, String permissions) throws IOException {
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .setPermissions(PosixFilePermissions.fromString(permissions));
            }

            @Override
            public void sync(FileChannel file) throws IOException {
                file.force(true);
            }

            @Override
            public void rename(Path file, Path over) throws IOException {
                Files.move(file, over, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }

            @Override
            public void link(Path file, Path name) throws IOException {
                Files.createLink(name, file);
            }

            @Override
            public void syncDirectory(Path directory) throws IOException {
                try (Descriptor opened = Descriptor.openToRead(directory, true)) {
                    opened.sync();
                } catch (LinuxException e) {
                    if (e.errno() != Errno.EACCES && e.errno() != Errno.EINVAL) {
                        throw e;
                    }
                    System.getLogger(FileChanges.class.getName())
                            .log(
                                    System.Logger.Level.DEBUG,
                                    "cannot sync directory {0}: {1}",
                                    directory,
                                    e.getMessage());
                }
            }

            @Override
            public void remove(Path file) throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }
}
