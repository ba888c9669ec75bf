package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The two directories of a mount, found fit for it.
 *
 * @param lower where the encrypted files are, without symbolic links
 * @param target where they are to be read, without symbolic links
 */
record MountPaths(Path lower, Path target) {
    private static final String TYPE = "ecryptfs";

    /**
     * Looks at them.
     *
     * @param mounted what is mounted
     * @param allowNonEmpty whether the mount point may hold something; it may if the two are one, as in the blueprint
     * @throws ToolFailure if the mount could not succeed there, or would hide something
     */
    static MountPaths check(String lower, String target, MountTable mounted, boolean allowNonEmpty)
            throws ToolFailure, IOException {
        MountPaths paths = new MountPaths(directory(lower, "the lower directory"), directory(target, "the mount point"));
        Optional<MountTable.Entry> existing = mounted.ecryptfsAt(ByteText.of(paths.target));
        if (existing.isPresent()) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    paths.target + " is an eCryptfs mount already, of "
                            + existing.get().source(),
                    "use it, or end it first: umount " + paths.target);
        }
        if (Files.getFileStore(paths.lower).type().equals(TYPE)) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "the lower directory " + paths.lower
                            + " lies in an eCryptfs mount itself, which the kernel refuses",
                    "name the directory where the encrypted files are");
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
                        "the mount point " + target + " is not empty: the mount would hide what is in it",
                        "empty it, name another one, or say -o nonempty");
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
                    "make it, or name another one");
        }
        return path.toRealPath();
    }
}
