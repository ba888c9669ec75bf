package org.ecryptfsj.linux;

import java.nio.file.Path;

/** mount(2) of a directory by its path. Everything in the path is the caller's to answer for: root names it. */
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
        if (LibC.INSTANCE.mount(source.toString(), target.toString(), type, flags, options) != 0) {
            throw LinuxException.last("mount " + source + " on " + target);
        }
    }
}
