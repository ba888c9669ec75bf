package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.LinuxException;

/**
 * Checks that only root and this process's own user can have written a file, and, for a secret, can read it. All such checks
 * are made here.
 *
 * <p>A file is checked through its open descriptor: it is a regular file, root or this process's effective user owns it, and
 * group and others do not have the forbidden permissions. An access control list cannot bypass that, because its mask replaces
 * the group's permissions.
 *
 * <p>Its path is checked too, from the root directory on: each directory, each symbolic link, and the path of the link's target.
 * Root or this process's user owns each, and other users may not write to the directories. A sticky directory of root's, such
 * as /tmp, is accepted above a file: only an owner can rename or remove its entries. So no other user can replace what was
 * checked, before or after.
 */
public final class Trust {
    private static final Path ROOT = Path.of("/");
    private static final int STICKY = 01000;
    private static final int PERMISSIONS = 07777;
    private static final int GROUP_OR_OTHERS_WRITE = 022;
    private static final int GROUP_OR_OTHERS = 077;

    /** The kernel's limit (path_resolution(7)). */
    private static final int MAX_LINKS = 40;

    private Trust() {}

    /**
     * Opens a file with a secret for reading.
     *
     * @return closed by the caller
     * @throws UntrustedFileException if users other than root and this process's own it, may read it or write to it, or could
     *     replace it; or if it is not a regular file
     * @throws IOException if it cannot be opened: NoSuchFileException if it does not exist
     */
    public static Descriptor openSecret(Path file) throws IOException {
        return open(file, GROUP_OR_OTHERS);
    }

    /**
     * Opens a file for reading that others may read, but cannot have written.
     *
     * @return closed by the caller
     * @throws UntrustedFileException if users other than root and this process's own it, may write to it, or could replace it;
     *     or if it is not a regular file
     * @throws IOException if it cannot be opened: NoSuchFileException if it does not exist
     */
    public static Descriptor open(Path file) throws IOException {
        return open(file, GROUP_OR_OTHERS_WRITE);
    }

    /**
     * Opens a user's file for reading, in a process that has this user's permissions: a symbolic link of its name is not followed,
     * and its path is not checked.
     *
     * @param owner user id of the user
     * @return closed by the caller
     * @throws UntrustedFileException if it is not a regular file of this user, or others may write to it
     * @throws IOException if it cannot be opened: NoSuchFileException if it does not exist
     */
    public static Descriptor openOwned(Path file, int owner) throws IOException {
        Descriptor opened = openWithoutLink(file);
        FileStatus status = opened.status();
        if (status.isRegular() && status.uid() == owner && (status.mode() & GROUP_OR_OTHERS_WRITE) == 0) {
            return opened;
        }
        opened.close();
        throw notOwned(file);
    }

    private static Descriptor openWithoutLink(Path file) throws IOException {
        try {
            return Descriptor.openToRead(file, false);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new NoSuchFileException(file.toString());
            }
            throw e.errno() == Errno.ELOOP || e.errno() == Errno.ENXIO ? notOwned(file) : e;
        }
    }

    private static UntrustedFileException notOwned(Path file) {
        return new UntrustedFileException(
                file + " is not a regular file that belongs to the user and that others cannot write to",
                "replace it; see ls -l " + file);
    }

    /**
     * Checks a file or directory and its path.
     *
     * @return the path without symbolic links: no other user can replace what is there
     * @throws UntrustedFileException naming the part of the path that others own or may write to
     * @throws IOException if its status cannot be read
     */
    public static Path requireTrustedPath(Path path) throws IOException {
        Path real = requireTrustedAncestors(path);
        requireOnlyOwnerMayWriteTo(real, permissions(real));
        return real;
    }

    /**
     * Checks the permissions of a directory, but not its owner: enough for a directory in which nothing was found.
     *
     * @throws UntrustedFileException if others than its owner may write to it
     * @throws IOException if its status cannot be read
     */
    public static void requireOnlyOwnerMayWrite(Path directory) throws IOException {
        Path real = directory.toRealPath();
        requireOnlyOwnerMayWriteTo(real, permissions(real));
    }

    private static Descriptor open(Path file, int forbidden) throws IOException {
        Path real = requireTrustedAncestors(file);
        Descriptor opened = Descriptor.openToRead(real, false);
        try {
            requireRegular(real, opened, forbidden);
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private static void requireRegular(Path file, Descriptor opened, int forbidden) throws IOException {
        FileStatus status = opened.status();
        if (!status.isRegular()) {
            throw new UntrustedFileException(file + " is not a regular file", "use a regular file");
        }
        requireOwner(file, status.uid());
        int mode = status.mode();
        if ((mode & forbidden & GROUP_OR_OTHERS_WRITE) != 0) {
            throw writable(file, mode, forbidden);
        }
        if ((mode & forbidden) != 0) {
            throw new UntrustedFileException(
                    "others may read " + file + " (mode " + Integer.toOctalString(mode) + ")", "chmod 600 " + file);
        }
    }

    /** Checks each directory of the path; of its last part, the owner. */
    private static Path requireTrustedAncestors(Path path) throws IOException {
        Deque<Path> remaining = new ArrayDeque<>();
        path.toAbsolutePath().forEach(remaining::add);
        Path at = ROOT;
        requireDirectory(at, attributes(at));
        for (int links = 0; !remaining.isEmpty(); ) {
            Path part = remaining.pop();
            if (part.toString().equals("..")) {
                at = at.equals(ROOT) ? ROOT : at.getParent();
                continue;
            }
            if (part.toString().equals(".") || part.toString().isEmpty()) {
                continue;
            }
            Path next = at.resolve(part);
            Map<String, Object> attributes = attributes(next);
            requireOwner(next, (Integer) attributes.get("uid"));
            if (Boolean.TRUE.equals(attributes.get("isSymbolicLink"))) {
                links++;
                if (links > MAX_LINKS) {
                    throw new IOException(path + ": too many symbolic links");
                }
                Path target = Files.readSymbolicLink(next);
                at = target.isAbsolute() ? ROOT : at;
                Deque<Path> parts = new ArrayDeque<>();
                target.forEach(parts::push);
                parts.forEach(remaining::push);
                continue;
            }
            if (!remaining.isEmpty()) {
                requireDirectory(next, attributes);
            }
            at = next;
        }
        return at;
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
    }

    private static int permissions(Path path) throws IOException {
        return (Integer) attributes(path).get("mode") & PERMISSIONS;
    }

    private static void requireDirectory(Path directory, Map<String, Object> attributes) throws IOException {
        int owner = (Integer) attributes.get("uid");
        int mode = (Integer) attributes.get("mode") & PERMISSIONS;
        requireOwner(directory, owner);
        if ((mode & STICKY) == 0 || owner != 0) {
            requireOnlyOwnerMayWriteTo(directory, mode);
        }
    }

    private static void requireOwner(Path path, int owner) throws IOException {
        if (owner != 0 && owner != Account.effectiveUid()) {
            throw new UntrustedFileException(
                    path + " belongs to user " + owner, "use a copy that you own, in a directory that you own");
        }
    }

    private static void requireOnlyOwnerMayWriteTo(Path path, int mode) throws IOException {
        if ((mode & GROUP_OR_OTHERS_WRITE) != 0) {
            throw writable(path, mode, GROUP_OR_OTHERS_WRITE);
        }
    }

    private static UntrustedFileException writable(Path path, int mode, int forbidden) {
        return new UntrustedFileException(
                "others may write to " + path + " (mode " + Integer.toOctalString(mode) + ")",
                forbidden == GROUP_OR_OTHERS ? "check who changed it, then chmod 600 " + path : "chmod go-w " + path);
    }
}
