package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Whether only root and this process's own user can have written something: what others may write, others may choose. */
public final class Trust {
    private static final int GROUP_OR_OTHERS_WRITE = 022;
    private static final int STICKY = 01000;

    private Trust() {}

    /**
     * Looks at a file or directory itself; a symbolic link is not followed.
     *
     * @throws IOException saying why, if another user owns it or may write to it; or if it cannot be looked at
     */
    public static void require(Path path) throws IOException {
        require(path, 0);
    }

    /**
     * The same for all that a path goes through, so that nobody else can put something else in its place: symbolic links are
     * resolved first. A directory where everybody may write is taken if it is sticky, as /tmp is.
     *
     * @return the path without symbolic links
     * @throws IOException as above
     */
    public static Path requireAll(Path path) throws IOException {
        Path real = path.toRealPath();
        require(real);
        for (Path above = real.getParent(); above != null; above = above.getParent()) {
            require(above, STICKY);
        }
        return real;
    }

    /**
     * Looks at the permissions of a directory, whoever owns it: enough for one in which nothing was found.
     *
     * @throws IOException saying why, if others than its owner may write to it; or if it cannot be looked at
     */
    public static void requireOwnersWriteOnly(Path directory) throws IOException {
        requireOwnersWriteOnly(directory.toRealPath(), 0);
    }

    private static void require(Path path, int excuse) throws IOException {
        int owner = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (owner != 0 && owner != Account.effectiveUid()) {
            throw new IOException(path + " belongs to user " + owner);
        }
        requireOwnersWriteOnly(path, excuse);
    }

    private static void requireOwnersWriteOnly(Path path, int excuse) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & GROUP_OR_OTHERS_WRITE) != 0 && (mode & excuse) == 0) {
            throw new IOException("others may write to " + path + ": chmod go-w " + path);
        }
    }
}
