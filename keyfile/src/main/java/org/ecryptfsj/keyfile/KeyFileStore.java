package org.ecryptfsj.keyfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.AtomicFileWriter;
import org.ecryptfsj.tree.Trust;

/**
 * Key files on a disk (docs/spec/key-file.md, section 7). A file is read only if nobody but root and this process's user can
 * have written it, and replaced in one step: whenever the program or the machine stops, one complete file is there, the old or
 * the new one.
 */
public final class KeyFileStore {
    private static final String OWNER_ONLY = "rw-------";

    private final AtomicFileWriter writer;

    /** On this machine's file systems. */
    public KeyFileStore() {
        this(new AtomicFileWriter());
    }

    /** @param writer how files are written, for tests */
    KeyFileStore(AtomicFileWriter writer) {
        this.writer = writer;
    }

    /**
     * Reads a key file.
     *
     * @throws KeyFileException MALFORMED, OTHER_VERSION
     * @throws org.ecryptfsj.tree.UntrustedFileException if others than root and this process's user own it, may write to it, or
     *     could put another one in its place
     * @throws IOException if it cannot be read: NoSuchFileException if it is not there
     */
    public KeyFile read(Path file) throws KeyFileException, IOException {
        return KeyFile.parse(content(file));
    }

    /**
     * Reads a key file of one user, not through a symbolic link of its name, in a process that has that user's permissions.
     *
     * @param owner user id of the user
     * @throws KeyFileException MALFORMED, OTHER_VERSION
     * @throws org.ecryptfsj.tree.UntrustedFileException if it is no regular file of this user, or others may write to it
     * @throws IOException if it cannot be read: NoSuchFileException if it is not there
     */
    public static KeyFile readOwned(Path file, int owner) throws KeyFileException, IOException {
        try (Descriptor opened = Trust.openOwned(file, owner)) {
            return KeyFile.parse(opened.bytes(KeyFileV1.MOST_FILE_BYTES + 1));
        }
    }

    /**
     * Writes a key file that was not there.
     *
     * @throws KeyFileException EXISTS
     * @throws org.ecryptfsj.tree.UntrustedFileException if others could change something in the directory or above it
     * @throws IOException if it cannot be written; nothing of that name is there then
     */
    public void create(Path file, KeyFile content) throws KeyFileException, IOException {
        Path directory = Trust.requireTrustedPath(file.toAbsolutePath().getParent());
        try {
            writer.add(directory.resolve(file.getFileName()), ByteBuffer.wrap(content.bytes()), OWNER_ONLY);
        } catch (FileAlreadyExistsException e) {
            throw exists(e);
        }
    }

    /**
     * Checks that {@link #create} would not find a file, before a person has to answer a question.
     *
     * @throws KeyFileException EXISTS
     */
    public void requireAbsent(Path file) throws KeyFileException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw exists(null);
        }
    }

    private static KeyFileException exists(FileAlreadyExistsException cause) {
        return new KeyFileException(
                Reason.EXISTS,
                "the key file is not made: a file of that name exists",
                "choose another name; a key file that is lost cannot be made again",
                cause);
    }

    /**
     * Replaces a key file by a changed one.
     *
     * @param before as it was read
     * @throws KeyFileException CHANGED if another program has changed it since, or is changing it
     * @throws org.ecryptfsj.tree.UntrustedFileException as {@link #read}
     * @throws IOException if it cannot be written; the old file is there then
     */
    public void replace(Path file, KeyFile before, KeyFile after) throws KeyFileException, IOException {
        Path name = Trust.requireTrustedPath(file);
        Trust.requireTrustedPath(name.getParent());
        try (FileChannel channel = FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock == null || !before.hasBytes(content(name))) {
                throw new KeyFileException(
                        Reason.CHANGED,
                        "the key file was changed by another program meanwhile",
                        "run the command again");
            }
            writer.replace(name, ByteBuffer.wrap(after.bytes()), OWNER_ONLY);
        }
    }

    private static byte[] content(Path file) throws IOException {
        try (Descriptor opened = Trust.open(file)) {
            return opened.bytes(KeyFileV1.MOST_FILE_BYTES + 1);
        }
    }

    /** Held until the channel is closed; null if another program holds it. */
    private static FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
