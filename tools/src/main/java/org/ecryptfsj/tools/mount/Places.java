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
record Places(Path lower, Path target) {
    private static final String TYPE = "ecryptfs";

    /**
     * Looks at them.
     *
     * @param mounted what is mounted
     * @param mayHide whether the mount point may hold something; it may if the two are one, as in the blueprint
     * @throws ToolFailure if the mount could not succeed there, or would hide something
     */
    static Places check(String lower, String target, MountTable mounted, boolean mayHide)
            throws ToolFailure, IOException {
        Places places = new Places(directory(lower, "the lower directory"), directory(target, "the mount point"));
        Optional<MountTable.Entry> there = mounted.ecryptfsAt(ByteText.of(places.target));
        if (there.isPresent()) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    places.target + " is an eCryptfs mount already, of "
                            + there.get().source(),
                    "use it, or end it first: umount " + places.target);
        }
        if (Files.getFileStore(places.lower).type().equals(TYPE)) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "the lower directory " + places.lower
                            + " lies in an eCryptfs mount itself, which the kernel refuses",
                    "name the directory where the encrypted files are");
        }
        if (!mayHide && !places.lower.equals(places.target)) {
            places.requireEmptyTarget();
        }
        return places;
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
