package org.ecryptfsj.daemon.guard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.linux.LinuxException;

/** Revokes the keys of guarded mounts on a command. */
public final class Revocation {
    private final GuardedMounts mounts;
    private final KernelKeys kernel;

    Revocation(GuardedMounts mounts, KernelKeys kernel) {
        this.mounts = mounts;
        this.kernel = kernel;
    }

    /** For the mounts of this machine while no daemon guards them; only root can. */
    public static Revocation withoutDaemon() {
        return new Revocation(GuardedMounts.ofThisMachine(), KernelKeys.ofThisMachine());
    }

    /**
     * Revokes keys by the records of the mounts.
     *
     * @param ids of mounts; none for all
     * @throws IOException if the records cannot be read
     */
    public LockResult lock(Set<UUID> ids) throws IOException {
        Set<String> problems = new TreeSet<>();
        List<WatchedMount> chosen = mounts.read(record -> problems.add(record.sentence())).stream()
                .filter(mount -> ids.isEmpty() || ids.contains(mount.id()))
                .map(WatchedMount::new)
                .toList();
        return of(chosen, kernel, ids.isEmpty() ? problems : Set.of());
    }

    /** @param earlierFailures sentences that the result has too */
    static LockResult of(List<WatchedMount> chosen, KernelKeys kernel, Collection<String> earlierFailures) {
        List<GuardedMount> revoked = new ArrayList<>();
        List<String> failures = new ArrayList<>(earlierFailures);
        for (WatchedMount mount : chosen) {
            try {
                mount.revoke(kernel);
                if (mount.keys(kernel) != KernelKey.State.GONE) {
                    revoked.add(mount.mount());
                }
            } catch (LinuxException e) {
                failures.add("the key of " + mount.mountPoint() + " cannot be revoked: " + e.getMessage()
                        + ". What to do: umount " + mount.mountPoint());
            }
        }
        return new LockResult(revoked, failures);
    }
}
