package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the file system says of a lower file, itself and not what a symlink points to.
 *
 * @param mode type and permissions, as in stat(2)
 * @param uid its owner
 * @param gid its group
 * @param size in bytes
 * @param modified when it was written last
 */
record LowerEntry(int mode, int uid, int gid, long size, FileTime modified) {
    private static final int TYPE = 0170000;
    private static final int PERMISSIONS = 07777;
    private static final int PERMISSIONS_WITHOUT_OWNER = 01777;

    static LowerEntry of(Path path) throws IOException {
        Map<String, Object> all =
                Files.readAttributes(path, "unix:mode,uid,gid,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        return new LowerEntry(
                (Integer) all.get("mode"),
                (Integer) all.get("uid"),
                (Integer) all.get("gid"),
                (Long) all.get("size"),
                (FileTime) all.get("lastModifiedTime"));
    }

    boolean isDirectory() {
        return (mode & TYPE) == 0040000;
    }

    boolean isFile() {
        return (mode & TYPE) == 0100000;
    }

    boolean isSymlink() {
        return (mode & TYPE) == 0120000;
    }

    long modifiedNanos() {
        return modified.to(TimeUnit.NANOSECONDS);
    }

    /** Gives another file this one's owner, if this process may, then its mode and time. */
    void applyTo(Path other, boolean withOwner) throws IOException {
        applyOwnerTo(other, withOwner);
        Files.setAttribute(other, "unix:mode", mode & (withOwner ? PERMISSIONS : PERMISSIONS_WITHOUT_OWNER));
        Files.setLastModifiedTime(other, modified);
    }

    /** The owner only: a symlink has no mode. */
    void applyOwnerTo(Path other, boolean withOwner) throws IOException {
        if (withOwner) {
            Files.setAttribute(other, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(other, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
