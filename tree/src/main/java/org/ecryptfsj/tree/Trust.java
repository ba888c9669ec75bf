package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.FileStatus;

/**
 * Whether only root and this process's own user can have written something, or, of a secret, can read it. It is the one check
 * of that kind: what others may write, others may choose.
 *
 * <p>A file is looked at through its open descriptor: it is a regular file, root or this process's effective user owns it, and
 * group and others have none of the permissions in question. An access control list cannot get around that, because its mask
 * stands where the group's permissions are.
 *
 * <p>All on the way to it is looked at too, from the root directory on: each directory and each symbolic link, and then what
 * the link leads through. Root or this process's user owns it, and nobody else may write to the directory. A sticky directory
 * of root's, as /tmp is, is taken above a file: only an owner can rename or remove what is in it. So nobody else can put
 * something in the place of what was looked at, before or after.
 */
public final class Trust {
    private static final Path ROOT = Path.of("/");
    private static final int STICKY = 01000;
    private static final int PERMISSIONS = 07777;
    private static final int GROUP_OR_OTHERS_WRITE = 022;
    private static final int GROUP_OR_OTHERS = 077;

    /** As many as the kernel follows (path_resolution(7)). */
    private static final int MOST_LINKS = 40;

    private Trust() {}

    /**
     * Opens a file that holds a secret, for reading.
     *
     * @return closed by the caller
     * @throws UntrustedFileException if others than root and this process's user own it, may read it or write to it, or could
     *     put another one in its place; or if it is no regular file
     * @throws IOException if it cannot be opened: NoSuchFileException if it is not there
     */
    public static Descriptor openSecret(Path file) throws IOException {
        return open(file, GROUP_OR_OTHERS);
    }

    /**
     * Opens a file that others may read, but must not have written, for reading.
     *
     * @return closed by the caller
     * @throws UntrustedFileException if others than root and this process's user own it or may write to it, or could put
     *     another one in its place; or if it is no regular file
     * @throws IOException if it cannot be opened: NoSuchFileException if it is not there
     */
    public static Descriptor open(Path file) throws IOException {
        return open(file, GROUP_OR_OTHERS_WRITE);
    }

    /**
     * Looks at a file or directory and at all on the way to it.
     *
     * @return the path without symbolic links: nobody else can put something else there
     * @throws UntrustedFileException saying which part of it others own or may write to
     * @throws IOException if it cannot be looked at
     */
    public static Path requireAll(Path path) throws IOException {
        Path real = requireWay(path);
        requireWrittenBySelf(real, permissions(real));
        return real;
    }

    /**
     * Looks at the permissions of a directory, whoever owns it: enough for one in which nothing was found.
     *
     * @throws UntrustedFileException if others than its owner may write to it
     * @throws IOException if it cannot be looked at
     */
    public static void requireOwnersWriteOnly(Path directory) throws IOException {
        Path real = directory.toRealPath();
        requireWrittenBySelf(real, permissions(real));
    }

    private static Descriptor open(Path file, int forbidden) throws IOException {
        Path real = requireWay(file);
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
            throw new UntrustedFileException(file + " is not a regular file", "name one");
        }
        requireOwner(file, status.uid());
        int mode = status.mode();
        if ((mode & forbidden & GROUP_OR_OTHERS_WRITE) != 0) {
            throw writable(file, mode, forbidden);
        }
        if ((mode & forbidden) != 0) {
            throw new UntrustedFileException(
                    "others than its owner may read " + file + " (mode " + Integer.toOctalString(mode) + ")",
                    "chmod 600 " + file);
        }
    }

    /** All but the last part is a directory that is looked at; the last one is looked at for its owner. */
    private static Path requireWay(Path path) throws IOException {
        Deque<Path> ahead = new ArrayDeque<>();
        path.toAbsolutePath().forEach(ahead::add);
        Path at = ROOT;
        requireDirectory(at, attributes(at));
        for (int links = 0; !ahead.isEmpty(); ) {
            Path part = ahead.pop();
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
                if (links > MOST_LINKS) {
                    throw new IOException(path + ": too many symbolic links");
                }
                Path target = Files.readSymbolicLink(next);
                at = target.isAbsolute() ? ROOT : at;
                Deque<Path> parts = new ArrayDeque<>();
                target.forEach(parts::push);
                parts.forEach(ahead::push);
                continue;
            }
            if (!ahead.isEmpty()) {
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
            requireWrittenBySelf(directory, mode);
        }
    }

    private static void requireOwner(Path path, int owner) throws IOException {
        if (owner != 0 && owner != Account.effectiveUid()) {
            throw new UntrustedFileException(
                    path + " belongs to user " + owner, "use a copy that belongs to you, in a directory of your own");
        }
    }

    private static void requireWrittenBySelf(Path path, int mode) throws IOException {
        if ((mode & GROUP_OR_OTHERS_WRITE) != 0) {
            throw writable(path, mode, GROUP_OR_OTHERS_WRITE);
        }
    }

    private static UntrustedFileException writable(Path path, int mode, int forbidden) {
        return new UntrustedFileException(
                "others may write to " + path + " (mode " + Integer.toOctalString(mode) + ")",
                forbidden == GROUP_OR_OTHERS ? "find out who did, then chmod 600 " + path : "chmod go-w " + path);
    }
}
