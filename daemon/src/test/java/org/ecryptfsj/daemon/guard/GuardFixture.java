package org.ecryptfsj.daemon.guard;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.protector.Protectors;
import org.slf4j.LoggerFactory;

/** A guard over records in a directory, with fake keys, PCRs and time. Readings are complete when a check returns. */
public final class GuardFixture implements AutoCloseable {
    static final int RECHECK_SECONDS = 5;
    private static final Signature SIGNATURE = new Signature("ffd652511eaff04a");

    final GuardedMounts mounts;
    final FakeKernelKeys keys = new FakeKernelKeys();
    final FakeRegisters registers = new FakeRegisters("fake").set(0, "aa").set(4, "bb");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Guard.class);
    private final Level level = logger.getLevel();
    private long now;
    private Guard guard;

    /** @param directory of the records */
    public GuardFixture(Path directory) {
        mounts = new GuardedMounts(directory);
        logger.setLevel(Level.DEBUG);
        log.start();
        logger.addAppender(log);
        restart();
    }

    /** Ends the guard, and makes another one, as a daemon's restart does. */
    public void restart() {
        restart(new RegisterReader(() -> Protectors.of(registers), type -> new DirectExecutor()));
    }

    void restart(RegisterReader reader) {
        if (guard != null) {
            guard.close();
        }
        guard = new Guard(mounts, keys, reader, () -> now);
    }

    /** The guard that is in use. */
    public Guard guard() {
        return guard;
    }

    /** Records a mount with a usable key that is bound to no PCR. */
    public GuardedMount mount(String mountPoint, int serial) throws IOException {
        return mount(mountPoint, serial, Optional.empty());
    }

    /** Records a mount with a usable key that is bound to these values; the machine has aa in PCR 0, and bb in PCR 4. */
    public GuardedMount bound(String mountPoint, int serial, Map<Integer, String> values) throws IOException {
        return mount(
                mountPoint,
                serial,
                Optional.of(new WatchedRegisters("fake", values, Duration.ofSeconds(RECHECK_SECONDS))));
    }

    GuardedMount mount(String mountPoint, int serial, Optional<WatchedRegisters> watched) throws IOException {
        keys.set(serial, KernelKey.State.USABLE);
        GuardedMount mount = new GuardedMount(
                UUID.randomUUID(),
                List.of(new KernelKey(serial, SIGNATURE)),
                Path.of(mountPoint),
                Path.of("/lower"),
                Optional.of(Path.of("/etc/ecryptfsj/keys" + mountPoint + ".key")),
                watched);
        mounts.write(mount);
        return mount;
    }

    /** Checks now. */
    public void check() {
        guard.check();
    }

    /** One check in each second of that time. */
    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            now += Duration.ofSeconds(1).toNanos();
            check();
        }
    }

    /** Lines logged since the last call, with their levels. */
    List<String> logged() {
        List<String> lines = log.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
        log.list.clear();
        return lines;
    }

    @Override
    public void close() {
        guard.close();
        logger.detachAppender(log);
        logger.setLevel(level);
    }
}
