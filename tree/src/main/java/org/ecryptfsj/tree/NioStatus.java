package org.ecryptfsj.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/** Makes a {@link FileStatus} of java.nio's attributes. For what a file system does not have: owner 0, one link, a mode that lets the owner alone in, and a number of the path as inode. */
final class NioStatus {
    /** The mode of files and directories where there are no modes. */
    private static final int FILE_MODE = 0600;

    private static final int DIRECTORY_MODE = 0700;

    private NioStatus() {}

    /**
     * The status of a file.
     *
     * @param path for what Unix alone has: owner, links, inode
     * @param unix whether there is that
     */
    static FileStatus of(BasicFileAttributes basic, Path path, boolean unix) throws IOException {
        Map<String, Object> more = unix
                ? Files.readAttributes(path, "unix:uid,gid,nlink,dev,ino,ctime", LinkOption.NOFOLLOW_LINKS)
                : Map.of();
        return new FileStatus(
                type(basic),
                mode(basic),
                (Integer) more.getOrDefault("uid", 0),
                (Integer) more.getOrDefault("gid", 0),
                ((Number) more.getOrDefault("nlink", 1)).longValue(),
                basic.size(),
                time(basic.lastModifiedTime()),
                time((FileTime) more.getOrDefault("ctime", basic.lastModifiedTime())),
                ((Number) more.getOrDefault("dev", 0L)).longValue(),
                more.containsKey("ino") ? ((Number) more.get("ino")).longValue() : number(basic, path));
    }

    private static FileStatus.Type type(BasicFileAttributes basic) {
        if (basic.isRegularFile()) {
            return FileStatus.Type.REGULAR;
        }
        if (basic.isDirectory()) {
            return FileStatus.Type.DIRECTORY;
        }
        return basic.isSymbolicLink() ? FileStatus.Type.SYMLINK : FileStatus.Type.OTHER;
    }

    private static int mode(BasicFileAttributes basic) {
        if (!(basic instanceof PosixFileAttributes posix)) {
            return modeWithoutModes(basic.isDirectory());
        }
        int mode = 0;
        for (PosixFilePermission permission : posix.permissions()) {
            mode |= bit(permission);
        }
        return mode;
    }

    static int modeWithoutModes(boolean directory) {
        return directory ? DIRECTORY_MODE : FILE_MODE;
    }

    /** The permissions of a mode. */
    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            if ((mode & bit(permission)) != 0) {
                permissions.add(permission);
            }
        }
        return permissions;
    }

    private static int bit(PosixFilePermission permission) {
        return switch (permission) {
            case OWNER_READ -> 0400;
            case OWNER_WRITE -> 0200;
            case OWNER_EXECUTE -> 0100;
            case GROUP_READ -> 040;
            case GROUP_WRITE -> 020;
            case GROUP_EXECUTE -> 010;
            case OTHERS_READ -> 04;
            case OTHERS_WRITE -> 02;
            case OTHERS_EXECUTE -> 01;
        };
    }

    private static FileTimestamp time(FileTime time) {
        Instant instant = time.toInstant();
        return new FileTimestamp(instant.getEpochSecond(), instant.getNano());
    }

    static FileTime time(FileTimestamp time) {
        return FileTime.from(Instant.ofEpochSecond(time.seconds(), time.nanos()));
    }

    /** A number instead of the inode: of the file's key or, without one, of its path. */
    private static long number(BasicFileAttributes basic, Path path) {
        String identity = basic.fileKey() == null
                ? path.toAbsolutePath().normalize().toString()
                : basic.fileKey().toString();
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.wrap(sha256.digest(identity.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256, which it must have", e);
        }
    }
}
