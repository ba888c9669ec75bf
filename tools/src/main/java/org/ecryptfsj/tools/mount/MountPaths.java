package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The checked lower directory and mount point of a mount.
 *
 * @param lower path of the lower directory, without symbolic links
 * @param target path of the mount point, without symbolic links
 */
record MountPaths(Path lower, Path target) {
    private static final String TYPE = "ecryptfs";

    /** Checks the directories.
     *
     * @param mounted the current mounts
     * @param allowNonEmpty whether the mount point can be non-empty; always allowed if both directories are the same,
     *     as in the IBM blueprint
     * @throws ToolFailure if the mount would fail or would hide files
     */
    static MountPaths check(String lower, String target, MountTable mounted, boolean allowNonEmpty)
            throws ToolFailure, IOException {
        MountPaths paths =
                new MountPaths(directory(lower, "the lower directory"), directory(target, "the mount point"));
        Optional<MountTable.Entry> existing = mounted.ecryptfsAt(ByteText.of(paths.target));
        if (existing.isPresent()) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    paths.target + " is already an eCryptfs mount of "
                            + existing.get().source(),
                    "use it, or unmount it first: umount " + paths.target);
        }
        if (Files.getFileStore(paths.lower).type().equals(TYPE)) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "the lower directory " + paths.lower + " is itself in an eCryptfs mount, which the kernel refuses",
                    "name the directory with the encrypted files");
        }
        if (!allowNonEmpty && !paths.lower.equals(paths.target)) {
            paths.requireEmptyTarget();
        }
        return paths;
    }

    private void requireEmptyTarget() throws ToolFailure, IOException {
        try (Stream<Path> inside = Files.list(target)) {
            if (inside.findAny().isPresent()) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "the mount point " + target + " is not empty: the mount would hide its files",
                        "use an empty directory, or the option -o nonempty");
            }
        }
    }

    private static Path directory(String name, String what) throws ToolFailure, IOException {
        Path path = ByteText.path(name);
        if (!Files.isDirectory(path)) {
            boolean exists = Files.exists(path);
            throw new ToolFailure(
                    exists ? ToolFailure.EINVAL : ToolFailure.ENOENT,
                    what + " " + path + (exists ? " is not a directory" : " does not exist"),
                    "create the directory, or name another one");
        }
        return path.toRealPath();
    }
}
