package org.ecryptfsj.keyfile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;

/**
 * Key files on a disk (docs/spec/key-file.md, section 7). A file is read only if nobody but root and this process's user can
 * have written it, and replaced in one step: whenever the program or the machine stops, one complete file is there, the old or
 * the new one.
 */
public final class KeyFileStore {
    private static final String FRESH_END = ".new";
    private static final int UUID_CHARACTERS = 36;

    private final FileChanges changes;

    /** On this machine's file systems. */
    public KeyFileStore() {
        this(FileChanges.ofThisMachine());
    }

    /** @param changes how files are changed, for tests */
    KeyFileStore(FileChanges changes) {
        this.changes = changes;
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
        Path name = directory.resolve(file.getFileName());
        Path fresh = written(name, content);
        try {
            changes.link(fresh, name);
        } catch (FileAlreadyExistsException e) {
            throw exists(e);
        } finally {
            changes.remove(fresh);
        }
        changes.syncDirectory(directory);
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
        Path directory = name.getParent();
        Trust.requireTrustedPath(directory);
        try (FileChannel channel = FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock == null || !before.hasBytes(content(name))) {
                throw new KeyFileException(
                        Reason.CHANGED,
                        "the key file was changed by another program meanwhile",
                        "run the command again");
            }
            Path fresh = written(name, after);
            try {
                changes.rename(fresh, name);
            } catch (IOException e) {
                changes.remove(fresh);
                throw e;
            }
            changes.syncDirectory(directory);
        }
    }

    /**
     * Deletes the incomplete files that an interrupted {@link #create} or {@link #replace} of this file left in its directory.
     *
     * @throws IOException if one cannot be deleted
     */
    public static void deleteLeftovers(Path file) throws IOException {
        String start = freshNameStart(file);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                file.toAbsolutePath().getParent(),
                entry -> isFresh(entry.getFileName().toString(), start))) {
            for (Path entry : entries) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException e) {
            System.getLogger(KeyFileStore.class.getName())
                    .log(System.Logger.Level.DEBUG, "the directory of {0} does not exist", file);
        }
    }

    private static boolean isFresh(String name, String start) {
        return name.length() == start.length() + UUID_CHARACTERS + FRESH_END.length()
                && name.startsWith(start)
                && name.endsWith(FRESH_END);
    }

    private static String freshNameStart(Path file) {
        return "." + file.getFileName() + ".";
    }

    /** A complete file beside the one of that name. */
    private Path written(Path name, KeyFile content) throws IOException {
        Path fresh = name.resolveSibling(freshNameStart(name) + UUID.randomUUID() + FRESH_END);
        changes.create(fresh);
        boolean complete = false;
        try {
            changes.write(fresh, content.bytes());
            changes.sync(fresh);
            complete = true;
        } finally {
            if (!complete) {
                changes.remove(fresh);
            }
        }
        return fresh;
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
