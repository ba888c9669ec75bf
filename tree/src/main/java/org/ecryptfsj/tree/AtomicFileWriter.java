package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ecryptfsj.linux.RandomUuid;

/**
 * Writes files that must never be seen half written, neither by another process nor after a power failure: the content goes
 * into a temporary file in the same directory, {@code .NAME.UUID.new} (O_EXCL, so that no link of another user is written
 * through), reaches the disk, and takes the file's name in one step; then the directory reaches the disk too. After a failure
 * the old file is unchanged and the temporary file is removed (docs/spec/key-file.md, section 7).
 */
public final class AtomicFileWriter {
    private static final String TEMPORARY_END = ".new";
    private static final int UUID_CHARACTERS = 36;

    private final FileChanges changes;

    /** On this machine's file systems. */
    public AtomicFileWriter() {
        this(FileChanges.ofThisMachine());
    }

    /** @param changes how files are changed, for tests */
    public AtomicFileWriter(FileChanges changes) {
        this.changes = changes;
    }

    /**
     * Creates a file, or replaces it, and returns when the disk has it. A symbolic link of that name is replaced, not followed.
     *
     * @param permissions of the new file, such as {@code rw-------}, independent of the umask
     * @throws IOException if the directory is missing or not writable, or the disk is full
     */
    public void replace(Path file, ByteBuffer content, String permissions) throws IOException {
        replaceUnsynced(file, content, permissions);
        changes.syncDirectory(directory(file));
    }

    /**
     * The same without waiting for the directory to reach the disk: for a file that need not survive a power failure, such as
     * one with a process id, in a directory that this process may not read.
     *
     * @throws IOException as {@link #replace}
     */
    public void replaceUnsynced(Path file, ByteBuffer content, String permissions) throws IOException {
        Path temporary = temporary(file);
        create(temporary, content, permissions);
        boolean renamed = false;
        try {
            changes.rename(temporary, file);
            renamed = true;
        } finally {
            if (!renamed) {
                changes.remove(temporary);
            }
        }
    }

    /**
     * Adds a file, on a file system with hard links, and returns when the disk has it. Whenever the program or the machine
     * stops, the file is there as a whole or not at all.
     *
     * @param permissions as in {@link #replace}
     * @throws java.nio.file.FileAlreadyExistsException if there is anything of that name
     * @throws IOException if the directory is missing or not writable, or the disk is full
     */
    public void add(Path file, ByteBuffer content, String permissions) throws IOException {
        Path temporary = temporary(file);
        create(temporary, content, permissions);
        try {
            changes.link(temporary, file);
        } finally {
            changes.remove(temporary);
        }
        changes.syncDirectory(directory(file));
    }

    /**
     * Creates a file under its own name, on any file system, and returns when the disk has its content. A file that cannot be
     * completed is removed; one that a kill interrupts stays as it is.
     *
     * @param permissions as in {@link #replace}
     * @throws java.nio.file.FileAlreadyExistsException if there is anything of that name
     * @throws IOException if the directory is missing or not writable, or the disk is full
     */
    public void create(Path file, ByteBuffer content, String permissions) throws IOException {
        boolean complete = false;
        try (FileChannel channel = changes.create(file)) {
            try {
                changes.write(channel, content);
                changes.setPermissions(file, permissions);
                changes.sync(channel);
                complete = true;
            } finally {
                if (!complete) {
                    changes.remove(file);
                }
            }
        }
    }

    /**
     * Renames a file in its directory, over another one if need be, in one step, and returns when the disk has the new name.
     *
     * @throws IOException if the directory is not writable, or cannot be brought to the disk
     */
    public void rename(Path from, Path to) throws IOException {
        changes.rename(from, to);
        changes.syncDirectory(directory(to));
    }

    /**
     * Removes the temporary files of a file that a power failure or a kill left.
     *
     * @throws IOException if the directory cannot be read or written
     */
    public void deleteLeftovers(Path file) throws IOException {
        String start = temporaryStart(file);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                directory(file), entry -> isTemporary(entry.getFileName().toString(), start))) {
            for (Path entry : entries) {
                changes.remove(entry);
            }
        } catch (NoSuchFileException e) {
            System.getLogger(AtomicFileWriter.class.getName())
                    .log(System.Logger.Level.DEBUG, "no directory, so no temporary files of {0}", file);
        }
    }

    private static boolean isTemporary(String name, String start) {
        return name.length() == start.length() + UUID_CHARACTERS + TEMPORARY_END.length()
                && name.startsWith(start)
                && name.endsWith(TEMPORARY_END);
    }

    private static Path temporary(Path file) {
        return file.resolveSibling(temporaryStart(file) + RandomUuid.next() + TEMPORARY_END);
    }

    private static String temporaryStart(Path file) {
        return "." + file.getFileName() + ".";
    }

    private static Path directory(Path file) {
        return file.toAbsolutePath().getParent();
    }
}
