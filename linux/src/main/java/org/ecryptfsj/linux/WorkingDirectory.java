package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The working directory of this process. It stays the same directory even if its name is changed, so that checks made on it are
 * still true when something is mounted on it.
 */
public final class WorkingDirectory {
    private static final Path CURRENT = Path.of(".");
    private static final Path HERE = Path.of("/proc/self/cwd");
    private static final int STATFS_BYTES = 120;
    private static final long MS_NOSUID = 2;
    private static final long MS_NODEV = 4;
    private static final int MNT_DETACH = 2;
    private static final int UMOUNT_NOFOLLOW = 8;

    private WorkingDirectory() {}

    /**
     * Enters a directory.
     *
     * @throws LinuxException ENOENT, ENOTDIR, EACCES
     */
    public static void enter(Path directory) throws LinuxException {
        if (LibCProcess.INSTANCE.chdir(ByteText.terminated(ByteText.bytes(directory))) != 0) {
            throw LinuxException.last("chdir " + directory);
        }
    }

    /** The kernel's path of it, without symbolic links. */
    public static Path path() throws IOException {
        return Files.readSymbolicLink(HERE);
    }

    /** The user id of its owner. */
    public static int owner() throws IOException {
        return (int) Files.getAttribute(HERE, "unix:uid");
    }

    /**
     * The magic number of the file system it is on, as statfs(2) lists them.
     *
     * @throws LinuxException if statfs(2) fails
     */
    public static long fileSystem() throws LinuxException {
        ByteBuffer status = ByteBuffer.allocateDirect(STATFS_BYTES).order(ByteOrder.nativeOrder());
        if (LibCMounts.INSTANCE.statfs(ByteText.terminated("."), status) != 0) {
            throw LinuxException.last("statfs .");
        }
        return NativeMemory.word(status, 0) & 0xFFFFFFFFL;
    }

    /**
     * Mounts on it, without set-user-id programs and devices.
     *
     * @param source the device or, for eCryptfs, the lower directory
     * @param type the file system type
     * @param options mount options of the file system, separated by commas
     * @throws LinuxException EPERM for other users than root
     */
    public static void mount(Path source, String type, String options) throws LinuxException {
        FileSystemMount.mount(source, CURRENT, here(), type, MS_NOSUID | MS_NODEV, options);
    }

    /**
     * Unmounts the file system whose root it is; processes that use it keep it (lazy unmount).
     *
     * @throws LinuxException EINVAL if nothing is mounted there, EPERM for other users than root
     */
    public static void detach() throws LinuxException {
        FileSystemMount.unmount(CURRENT, here(), MNT_DETACH);
    }

    /**
     * Unmounts the file system that is mounted on a directory in it. Only root can mount something there, so that the name means
     * the same as when its parent directory was entered.
     *
     * @param name of the directory; a symbolic link is not followed
     * @throws LinuxException EBUSY if processes use it, EINVAL if nothing is mounted there, EPERM for other users than root
     */
    public static void unmountIn(Path name) throws LinuxException {
        FileSystemMount.unmount(name, here().resolve(name), UMOUNT_NOFOLLOW);
    }

    private static Path here() {
        try {
            return path();
        } catch (IOException e) {
            return CURRENT;
        }
    }
}
