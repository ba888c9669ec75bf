package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/**
 * Writes files that must never be seen half written, neither by another process nor after a power failure: the content goes
 * into a temporary file in the same directory (O_EXCL, so that no link of another user is written through), reaches the disk,
 * and takes the file's name in one step; then the directory reaches the disk too. After a failure the old file is unchanged
 * and the temporary file is removed.
 */
public final class AtomicFileWriter {
    private static final String SUFFIX = ".tmp";
    private static final int RANDOM_DIGITS = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private AtomicFileWriter() {}

    /**
     * Creates a file, or replaces it, and returns when the disk has it. A symbolic link of that name is replaced, not followed.
     *
     * @param permissions of the new file, such as {@code rw-------}, independent of the umask
     * @throws IOException if the directory is missing or not writable, or the disk is full
     */
    public static void replace(Path file, ByteBuffer content, String permissions) throws IOException {
        replaceUnsynced(file, content, permissions);
        syncDirectory(file.toAbsolutePath().getParent());
    }

    /**
     * The same without waiting for the directory to reach the disk: for a file that need not survive a power failure, such as
     * one with a process id, in a directory that this process may not read.
     *
     * @throws IOException as {@link #replace}
     */
    public static void replaceUnsynced(Path file, ByteBuffer content, String permissions) throws IOException {
        Path temporary = file.resolveSibling(prefix(file) + randomDigits() + SUFFIX);
        boolean renamed = false;
        create(temporary, content, permissions);
        try {
            move(temporary, file);
            renamed = true;
        } finally {
            if (!renamed) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    /**
     * Creates a file and returns when the disk has its content. A file that cannot be completed is removed.
     *
     * @param permissions of the new file, such as {@code rw-------}, independent of the umask
     * @throws java.nio.file.FileAlreadyExistsException if there is anything of that name
     * @throws IOException if the directory is missing or not writable, or the disk is full
     */
    public static void create(Path file, ByteBuffer content, String permissions) throws IOException {
        boolean complete = false;
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            try {
                while (content.hasRemaining()) {
                    channel.write(content);
                }
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
                channel.force(true);
                complete = true;
            } finally {
                if (!complete) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /**
     * Renames a file in its directory, over another one if need be, in one step, and returns when the disk has the new name.
     *
     * @throws IOException if the directory is not writable, or cannot be brought to the disk
     */
    public static void rename(Path from, Path to) throws IOException {
        move(from, to);
        syncDirectory(to.toAbsolutePath().getParent());
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Removes the temporary files of a file that a power failure or a kill left.
     *
     * @throws IOException if the directory cannot be read or written
     */
    public static void deleteLeftovers(Path file) throws IOException {
        String prefix = prefix(file);
        int length = prefix.length() + RANDOM_DIGITS + SUFFIX.length();
        try (DirectoryStream<Path> siblings =
                Files.newDirectoryStream(file.toAbsolutePath().getParent())) {
            for (Path sibling : siblings) {
                String name = sibling.getFileName().toString();
                if (name.length() == length && name.startsWith(prefix) && name.endsWith(SUFFIX)) {
                    Files.deleteIfExists(sibling);
                }
            }
        } catch (NoSuchFileException e) {
            System.getLogger(AtomicFileWriter.class.getName())
                    .log(System.Logger.Level.DEBUG, "no directory, so no temporary files of {0}", file);
        }
    }

    /** A directory that may not be read cannot be synced, and some file systems sync none: the file is in its place anyway. */
    private static void syncDirectory(Path directory) throws IOException {
        try (Descriptor opened = Descriptor.openToRead(directory, true)) {
            opened.sync();
        } catch (LinuxException e) {
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EINVAL) {
                throw e;
            }
            System.getLogger(AtomicFileWriter.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot sync directory {0}: {1}", directory, e.getMessage());
        }
    }

    private static String prefix(Path file) {
        return file.getFileName() + ".";
    }

    private static String randomDigits() {
        return String.format("%0" + RANDOM_DIGITS + "x", Integer.toUnsignedLong(RANDOM.nextInt()));
    }
}
