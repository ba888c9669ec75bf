package org.ecryptfsj.daemon.control;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;

/**
 * Finds the ids of guarded mounts by their mount point. A path can be longer than a line of the control socket, and can have any bytes;
 * so the daemon gets ids.
 */
final class GuardedMountSearch {
    private final GuardedMounts mounts;
    private final boolean root;

    /** @param root whether this process may read the records */
    GuardedMountSearch(GuardedMounts mounts, boolean root) {
        this.mounts = mounts;
        this.root = root;
    }

    static GuardedMountSearch ofThisMachine() {
        return new GuardedMountSearch(GuardedMounts.ofThisMachine(), Account.effectiveUid() == 0);
    }

    /**
     * The mounts at that path: several if one hides the other.
     *
     * @throws RefusedException if there is none, or if this process may not know
     */
    List<UUID> ids(Path mountPoint) throws RefusedException {
        String shown = ByteText.printable(mountPoint);
        if (!root) {
            throw new RefusedException("cannot revoke the key of " + shown
                    + ": only root may. What to do: run sudo ecryptfsctl lock " + shown);
        }
        List<UUID> found;
        try {
            Path real = realPath(mountPoint);
            found = mounts.read(record -> System.err.println("ecryptfsctl: " + record.sentence())).stream()
                    .filter(mount -> mount.mountPoint().equals(real))
                    .map(GuardedMount::id)
                    .toList();
        } catch (IOException e) {
            throw new RefusedException("cannot find the mount at " + shown + ": " + e.getMessage());
        }
        if (found.isEmpty()) {
            throw new RefusedException(
                    "no mount at " + shown
                            + " has a key that only the kernel holds. What to do: see ecryptfsctl status for the mounts that have one");
        }
        return found;
    }

    /** A mount whose key is revoked may refuse to resolve it: then the path is taken as it is. */
    private static Path realPath(Path mountPoint) {
        try {
            return mountPoint.toRealPath();
        } catch (IOException e) {
            return mountPoint.toAbsolutePath().normalize();
        }
    }
}
