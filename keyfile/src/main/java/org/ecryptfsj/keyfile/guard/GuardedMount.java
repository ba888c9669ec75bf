package org.ecryptfsj.keyfile.guard;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyring.KernelKey;

/**
 * A mount whose keys only the kernel holds.
 *
 * @param id random, one for each mount
 * @param keys of the contents and, if another one, of the names; at least one
 * @param mountPoint absolute, without symbolic links
 * @param lower the mounted directory, absolute
 * @param keyFile absolute; empty if the key came from elsewhere
 * @param watched empty if the key is bound to no PCR: then only a command revokes it
 */
public record GuardedMount(
        UUID id,
        List<KernelKey> keys,
        Path mountPoint,
        Path lower,
        Optional<Path> keyFile,
        Optional<WatchedRegisters> watched) {
    /** @throws IllegalArgumentException if there is no key, or if a path is relative */
    public GuardedMount {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("a guarded mount has at least one key");
        }
        requireAbsolute(mountPoint);
        requireAbsolute(lower);
        keyFile.ifPresent(GuardedMount::requireAbsolute);
    }

    private static void requireAbsolute(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(path + " is not an absolute path");
        }
    }
}
