package org.ecryptfsj.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** mount(2) and umount2(2) of a directory by its path. Everything in the path is the caller's to answer for: root names it. */
public final class FileSystemMount {
    private FileSystemMount() {}

    /**
     * Mounts a file system.
     *
     * @param source the device or, for eCryptfs, the lower directory
     * @param target the mount point
     * @param type the file system type
     * @param flags the MS_ flags of mount(2)
     * @param options options of the file system, separated by commas
     * @throws LinuxException EPERM for other users than root; else as the file system refuses
     */
    public static void mount(Path source, Path target, String type, long flags, String options) throws LinuxException {
        mount(source, target, target, type, flags, options);
    }

    /** @param name of the mount point in error messages */
    static void mount(Path source, Path target, Path name, String type, long flags, String options)
            throws LinuxException {
        byte[] text = ByteText.encode(options, StandardCharsets.UTF_8);
        if (LibCMounts.INSTANCE.mount(
                        bytes(source), bytes(target), ByteText.terminated(type), flags, ByteText.terminated(text))
                != 0) {
            throw LinuxException.last("mount " + source + " on " + name);
        }
    }

    /**
     * Unmounts a file system.
     *
     * @param target the mount point
     * @param flags the MNT_ flags of umount2(2), or 0
     * @throws LinuxException EINVAL if nothing is mounted there, EBUSY if it is in use, EPERM for other users than root
     */
    public static void unmount(Path target, int flags) throws LinuxException {
        unmount(target, target, flags);
    }

    /** @param name of the mount point in error messages */
    static void unmount(Path target, Path name, int flags) throws LinuxException {
        if (LibCMounts.INSTANCE.umount2(bytes(target), flags) != 0) {
            throw LinuxException.last("umount " + name);
        }
    }

    /** A relative path stays one: the working directory is the same whatever its name becomes. */
    private static byte[] bytes(Path path) {
        return ByteText.terminated(ByteText.bytes(path));
    }
}
