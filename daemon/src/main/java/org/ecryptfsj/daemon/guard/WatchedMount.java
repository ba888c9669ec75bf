package org.ecryptfsj.daemon.guard;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.daemon.guard.MountState.Condition;
import org.ecryptfsj.daemon.guard.MountState.Unreadable;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LinuxException;

/** What the guard knows of one mount. Not for several threads at once. Times are those of {@link System#nanoTime}. */
final class WatchedMount {
    private final GuardedMount mount;
    private OptionalLong lastReading = OptionalLong.empty();
    private boolean reading;
    private boolean revoked;
    private Optional<Unreadable> unreadable = Optional.empty();
    private String lastKeyError = "";

    WatchedMount(GuardedMount mount) {
        this.mount = mount;
    }

    GuardedMount mount() {
        return mount;
    }

    /** The mount point, for messages. */
    String mountPoint() {
        return ByteText.printable(mount.mountPoint());
    }

    /** The key file in parentheses, for messages; empty without one. */
    String keyFile() {
        return mount.keyFile()
                .map(file -> " (key file " + ByteText.printable(file) + ")")
                .orElse("");
    }

    /** What is left of its keys: USABLE as long as one of them is. */
    KernelKey.State keys(KernelKeys kernel) throws LinuxException {
        boolean revokedKey = false;
        for (KernelKey key : mount.keys()) {
            KernelKey.State state = kernel.state(key);
            if (state == KernelKey.State.USABLE) {
                return state;
            }
            revokedKey |= state == KernelKey.State.REVOKED;
        }
        return revokedKey ? KernelKey.State.REVOKED : KernelKey.State.GONE;
    }

    /**
     * Revokes the keys that are usable.
     *
     * @throws LinuxException if one is not revoked; the others are
     */
    void revoke(KernelKeys kernel) throws LinuxException {
        LinuxException failure = null;
        for (KernelKey key : mount.keys()) {
            try {
                // Another key may have the number meanwhile.
                if (kernel.state(key) == KernelKey.State.USABLE) {
                    kernel.revoke(key);
                }
            } catch (LinuxException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        revoked = true;
    }

    boolean isRevoked() {
        return revoked;
    }

    /** Notes that the keys are revoked. */
    void markRevoked() {
        revoked = true;
    }

    /** Whether its PCRs are to be read now; true at once for a mount of which none was read yet. */
    boolean isDue(long now, Duration tolerance) {
        if (reading || mount.watched().isEmpty()) {
            return false;
        }
        long recheck = mount.watched().get().recheck().minus(tolerance).toNanos();
        return lastReading.isEmpty() || now - lastReading.getAsLong() >= recheck;
    }

    void beginReading(long now) {
        reading = true;
        lastReading = OptionalLong.of(now);
    }

    void endReading() {
        reading = false;
    }

    /** Whether a reading is under way for longer than that. */
    boolean isReadingLongerThan(Duration limit, long now) {
        return reading && now - lastReading.getAsLong() > limit.toNanos();
    }

    Map<Integer, String> expected() {
        return mount.watched().map(WatchedRegisters::values).orElse(Map.of());
    }

    Optional<Unreadable> unreadable() {
        return unreadable;
    }

    void unreadable(Optional<Unreadable> state) {
        unreadable = state;
    }

    /** Whether this error of the kernel is another one than the one before. */
    boolean isNewKeyError(String error) {
        boolean isNew = !error.equals(lastKeyError);
        lastKeyError = error;
        return isNew;
    }

    MountState state() {
        Condition condition = revoked
                ? Condition.REVOKED
                : mount.watched().isEmpty()
                        ? Condition.NOT_WATCHED
                        : unreadable.isPresent() ? Condition.UNREADABLE : Condition.GUARDED;
        return new MountState(mount, condition, condition == Condition.UNREADABLE ? unreadable : Optional.empty());
    }
}
