package org.ecryptfsj.daemon.guard;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.daemon.guard.MountState.Unreadable;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.protector.Protectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the mounts whose keys only the kernel holds (docs/spec/guarded-mounts.md). It reads the PCRs to which a key is bound, at
 * its start at once and then every few seconds, and revokes the key when one differs from the value under which the key was
 * unsealed. The values are those that the mount recorded, so that a change while no daemon runs is noticed too.
 *
 * <p>PCRs that cannot be read, because the TPM or its service does not answer, are no change: the key stays, and a warning says that
 * the mount is not watched meanwhile. Else each restart of the service would lock all mounts.
 *
 * <p>Once in a second the guard looks for new and ended mounts, on a thread of its own. That is a listing of one small directory in
 * memory, and one call of the kernel for each key; it needs no notice from the mount helper, so that a mount is watched also if the
 * daemon was not there when it was made. PCRs are read by further threads ({@link RegisterReader}); a device that hangs blocks
 * neither this thread nor requests.
 */
public final class Guard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

    private static final Duration TICK = Duration.ofSeconds(1);

    /** A tick that comes a moment early counts as the one at which a reading is due. */
    private static final Duration TOLERANCE = TICK.dividedBy(2);

    /** A protector answers within a few seconds, or its device hangs. */
    private static final Duration READING_LIMIT = Duration.ofSeconds(10);

    private final GuardedMounts mounts;
    private final KernelKeys kernel;
    private final RegisterReader reader;
    private final LongSupplier clock;
    private final Map<UUID, WatchedMount> watched = new LinkedHashMap<>();
    private final ScheduledThreadPoolExecutor ticks = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("guard"));
    private Set<String> names = Set.of();
    private Set<String> problems = Set.of();
    private Future<?> checks = CompletableFuture.completedFuture(null);
    private boolean closed;

    /** @param clock nanoseconds, as of {@link System#nanoTime} */
    Guard(GuardedMounts mounts, KernelKeys kernel, RegisterReader reader, LongSupplier clock) {
        this.mounts = mounts;
        this.kernel = kernel;
        this.reader = reader;
        this.clock = clock;
    }

    /**
     * Starts to guard the mounts of this machine; only root's daemon can.
     *
     * @param moduleDirectory of further protectors
     * @return closed by the caller
     */
    public static Guard start(Path moduleDirectory) {
        return start(GuardedMounts.ofThisMachine(), moduleDirectory);
    }

    /**
     * Starts to guard recorded mounts.
     *
     * @param mounts the records
     * @param moduleDirectory of further protectors
     * @return closed by the caller
     */
    public static Guard start(GuardedMounts mounts, Path moduleDirectory) {
        Guard guard = new Guard(
                mounts,
                KernelKeys.ofThisMachine(),
                new RegisterReader(() -> Protectors.load(Optional.of(moduleDirectory))),
                System::nanoTime);
        guard.checks = guard.ticks.scheduleAtFixedRate(guard::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
        return guard;
    }

    /** An exception would end the ticks, and nothing would be watched any more. */
    private void tick() {
        try {
            check();
        } catch (RuntimeException e) {
            LOG.error(
                    "guard: unexpected error while mounts are checked; the next check is in {} s", TICK.toSeconds(), e);
        }
    }

    /** Looks for new and ended mounts, and begins the readings that are due. */
    synchronized void check() {
        if (closed) {
            return;
        }
        readRecords();
        List.copyOf(watched.values()).forEach(this::check);
    }

    /** The guarded mounts, in the order in which they were noticed. */
    public synchronized List<MountState> states() {
        return watched.values().stream().map(WatchedMount::state).toList();
    }

    /** Revokes the keys of all guarded mounts. */
    public synchronized LockResult lock() {
        readRecords();
        return Revocation.of(List.copyOf(watched.values()), kernel, problems);
    }

    /** Revokes the keys of these mounts. */
    public synchronized LockResult lock(Set<UUID> ids) {
        readRecords();
        Set<String> unknown = ids.stream()
                .filter(id -> !watched.containsKey(id))
                .map(id -> "no guarded mount has the id " + id)
                .collect(Collectors.toCollection(TreeSet::new));
        return Revocation.of(
                ids.stream().map(watched::get).filter(Objects::nonNull).toList(), kernel, unknown);
    }

    /** Records do not change: while their names are the same, none is read again. */
    private void readRecords() {
        Set<String> found = new LinkedHashSet<>();
        try {
            Set<String> present = mounts.names();
            if (present.equals(names)) {
                return;
            }
            List<GuardedMount> read = mounts.read(record -> found.add(record.sentence()));
            read.forEach(this::add);
            Set<UUID> ids = read.stream().map(GuardedMount::id).collect(Collectors.toSet());
            watched.values().removeIf(mount -> isRemoved(mount, ids));
            names = present;
        } catch (IOException e) {
            found.add("guarded mounts cannot be read, so that no key of a new mount is revoked: " + e.getMessage());
        }
        found.stream().filter(problem -> !problems.contains(problem)).forEach(LOG::warn);
        problems = found;
    }

    private void add(GuardedMount mount) {
        if (watched.containsKey(mount.id())) {
            return;
        }
        WatchedMount added = new WatchedMount(mount);
        watched.put(mount.id(), added);
        mount.watched()
                .ifPresentOrElse(
                        registers -> LOG.info(
                                "guarding {}{}: {} read every {} s",
                                added.mountPoint(),
                                added.keyFile(),
                                registers(registers.values().keySet(), "is", "are"),
                                registers.recheck().toSeconds()),
                        () -> LOG.info(
                                "guarding {}{}: its key is bound to no PCR; ecryptfsctl lock revokes it",
                                added.mountPoint(),
                                added.keyFile()));
    }

    private static boolean isRemoved(WatchedMount mount, Set<UUID> present) {
        boolean removed = !present.contains(mount.mount().id());
        if (removed) {
            LOG.info("{} is not guarded any more: its record was removed", mount.mountPoint());
        }
        return removed;
    }

    private void check(WatchedMount mount) {
        KernelKey.State keys;
        try {
            keys = mount.keys(kernel);
        } catch (LinuxException e) {
            if (mount.isNewKeyError(e.getMessage())) {
                LOG.warn("the state of the key of {} cannot be read: {}", mount.mountPoint(), e.getMessage());
            }
            keys = KernelKey.State.USABLE;
        }
        switch (keys) {
            case GONE -> end(mount);
            case REVOKED -> noteRevoked(mount);
            case USABLE -> watch(mount);
        }
    }

    private void end(WatchedMount mount) {
        watched.remove(mount.mount().id());
        try {
            mounts.remove(mount.mount().id());
            LOG.info("{} is unmounted and not guarded any more", mount.mountPoint());
        } catch (IOException e) {
            LOG.warn("{} is unmounted, but its record cannot be removed: {}", mount.mountPoint(), e.getMessage());
        }
    }

    /** The kernel tells it of a daemon's revocation before this one started, and of one by keyctl(1). */
    private static void noteRevoked(WatchedMount mount) {
        if (!mount.isRevoked()) {
            LOG.info("the key of {} is revoked already{}. {}", mount.mountPoint(), mount.keyFile(), toUnlock(mount));
            mount.markRevoked();
        }
    }

    private void watch(WatchedMount mount) {
        long now = clock.getAsLong();
        if (mount.isReadingLongerThan(READING_LIMIT, now)) {
            noteFailure(mount, "no answer within " + READING_LIMIT.toSeconds() + " s");
        }
        if (mount.isDue(now, TOLERANCE)) {
            mount.beginReading(now);
            reader.read(mount.mount().watched().orElseThrow(), reading -> complete(mount, reading));
        }
    }

    private synchronized void complete(WatchedMount mount, RegisterReading reading) {
        mount.endReading();
        if (watched.get(mount.mount().id()) != mount || mount.isRevoked()) {
            return;
        }
        if (reading instanceof RegisterReading.Failure failure) {
            noteFailure(mount, failure.reason());
        } else if (reading instanceof RegisterReading.Values values) {
            noteReadable(mount);
            Set<Integer> changed = values.differingFrom(mount.expected());
            if (!changed.isEmpty()) {
                revoke(mount, changed);
            }
        }
    }

    private static void noteFailure(WatchedMount mount, String reason) {
        if (mount.unreadable().isPresent()) {
            return;
        }
        mount.unreadable(Optional.of(new Unreadable(Instant.now(), reason)));
        LOG.warn(
                "{} of {} cannot be read: {}. The key stays; a change is not noticed until they can be read",
                registers(mount.expected().keySet(), "", ""),
                mount.mountPoint(),
                reason);
    }

    private static void noteReadable(WatchedMount mount) {
        mount.unreadable()
                .ifPresent(state -> LOG.info(
                        "{} of {} can be read again after {} s",
                        registers(mount.expected().keySet(), "", ""),
                        mount.mountPoint(),
                        Duration.between(state.since(), Instant.now()).toSeconds()));
        mount.unreadable(Optional.empty());
    }

    private void revoke(WatchedMount mount, Set<Integer> changed) {
        String what = registers(changed, "is not what it was", "are not what they were") + " when " + mount.mountPoint()
                + " was mounted";
        try {
            mount.revoke(kernel);
            LOG.warn(
                    "{}: its key was revoked{}. Files that the kernel does not have in its cache cannot be opened. {}",
                    what,
                    mount.keyFile(),
                    toUnlock(mount));
        } catch (LinuxException e) {
            if (mount.isNewKeyError(e.getMessage())) {
                LOG.error(
                        "{}, but its key cannot be revoked{}: {}. What to do: umount {}",
                        what,
                        mount.keyFile(),
                        e.getMessage(),
                        mount.mountPoint());
            }
        }
    }

    private static String toUnlock(WatchedMount mount) {
        return "To unlock: umount " + mount.mountPoint() + ", then mount it again";
    }

    /** {@code PCR 4 is}, {@code PCRs 0, 2 and 4 are}. */
    private static String registers(Set<Integer> numbers, String one, String several) {
        List<String> all = numbers.stream().sorted().map(String::valueOf).toList();
        int last = all.size() - 1;
        String list = last == 0
                ? "PCR " + all.get(0)
                : "PCRs " + String.join(", ", all.subList(0, last)) + " and " + all.get(last);
        return (list + " " + (last == 0 ? one : several)).strip();
    }

    /** Ends the checks; the records stay for the next daemon. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            checks.cancel(false);
        }
        ticks.shutdownNow();
        reader.close();
    }
}
