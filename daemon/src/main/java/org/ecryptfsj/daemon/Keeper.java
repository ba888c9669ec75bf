package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.InheritedDescriptors;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.NotifySocket;
import org.ecryptfsj.linux.ProcessSignal;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who holds the channel and the record of requests beyond this process's end, starts its successor, and hands both to it:
 * systemd, by its store of descriptors (sd_notify(3), FDSTORE), or the launcher's shell, which is this process's parent.
 */
final class Keeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

    /** The shell's process id, if a shell keeps; see packaging/launcher/supervise. */
    private static final String PARENT_VARIABLE = "ECRYPTFSD_SUPERVISOR";

    private static final String CHANNEL = "channel";
    private static final String RECORD = "record";

    /** How long a stopping daemon waits until systemd has let go of the channel. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Who keeps. */
    enum Kind {
        SYSTEMD,
        PARENT,
        NOBODY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind kind;
    private final long pid;
    private final OptionalLong parent;
    private final Optional<NotifySocket> systemd;
    private final InheritedDescriptors inherited;
    private final Optional<Duration> watchdog;
    private final List<Descriptor> keptAlready = new ArrayList<>();

    private Keeper(
            Kind kind,
            long pid,
            OptionalLong parent,
            Optional<NotifySocket> systemd,
            InheritedDescriptors inherited,
            Optional<Duration> watchdog) {
        this.kind = kind;
        this.pid = pid;
        this.parent = parent;
        this.systemd = systemd;
        this.inherited = inherited;
        this.watchdog = watchdog;
    }

    /** The keeper of this process. */
    static Keeper ofThisProcess() throws LinuxException {
        ProcessHandle self = ProcessHandle.current();
        return of(
                System.getenv(),
                self.pid(),
                self.parent().map(ProcessHandle::pid).map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    /**
     * Reads who keeps from the environment.
     *
     * @param pid of this process
     * @param parent its parent
     * @throws LinuxException if what the environment promises is not there
     */
    static Keeper of(Map<String, String> environment, long pid, OptionalLong parent) throws LinuxException {
        Optional<NotifySocket> systemd = NotifySocket.of(environment);
        boolean supervised =
                parent.isPresent() && Long.toString(parent.getAsLong()).equals(environment.get(PARENT_VARIABLE));
        Kind kind = systemd.isPresent() ? Kind.SYSTEMD : supervised ? Kind.PARENT : Kind.NOBODY;
        return new Keeper(
                kind,
                pid,
                supervised ? parent : OptionalLong.empty(),
                systemd,
                InheritedDescriptors.of(environment, pid),
                watchdog(environment, pid));
    }

    private static Optional<Duration> watchdog(Map<String, String> environment, long pid) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        if (!micros.matches("\\d{1,15}") || micros.matches("0+") || !whose.equals(Long.toString(pid))) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Long.parseLong(micros) * 1000));
    }

    Kind kind() {
        return kind;
    }

    /** Whether a successor gets the channel and the record if this process just ends. */
    boolean keeps() {
        return kind != Kind.NOBODY;
    }

    /** The process that signals go to: the shell, which hands them on, or this one. */
    long pidToSignal() {
        return parent.orElse(pid);
    }

    /** Within which time {@link #alive} must be said again and again, if at all. */
    Optional<Duration> watchdog() {
        return systemd.isPresent() ? watchdog : Optional.empty();
    }

    /** The channel that was kept; closed by the caller. */
    Optional<Descriptor> takeChannel() {
        return remembered(inherited.take(CHANNEL));
    }

    /** The record that was kept; closed by the caller. */
    Optional<Descriptor> takeRecord() {
        return remembered(inherited.take(RECORD));
    }

    private Optional<Descriptor> remembered(Optional<Descriptor> taken) {
        taken.ifPresent(keptAlready::add);
        return taken;
    }

    /** Hands over what a successor will need, unless it came from the keeper. */
    void keep(MiscdevChannel channel) {
        store(CHANNEL, channel.device());
        channel.record().map(InFlightStore::descriptor).ifPresent(record -> store(RECORD, record));
    }

    private void store(String name, Descriptor descriptor) {
        if (keptAlready.contains(descriptor)) {
            return;
        }
        // In place of a record that could not be used, if there was one.
        tell("FDSTOREREMOVE=1\nFDNAME=" + name, Optional.empty());
        // FDPOLL=0: the device does not bear two processes that poll it at once (docs/spec/channel.md, section 3).
        tell("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, Optional.of(descriptor));
    }

    /** Requests are answered from now on. */
    void ready(String status) {
        tell("READY=1\nSTATUS=" + status, Optional.empty());
        tellParent(ProcessSignal.USR2);
    }

    private void tellParent(ProcessSignal signal) {
        if (parent.isEmpty()) {
            return;
        }
        try {
            signal.sendTo(parent.getAsLong());
        } catch (LinuxException e) {
            LOG.warn("the shell that keeps the channel could not be told: {}", e.getMessage());
        }
    }

    /** This process ends and is to be followed by another. */
    void handingOver() {
        tell("STATUS=Handing over to a successor", Optional.empty());
        tellParent(ProcessSignal.USR1);
    }

    /** It does not end after all. */
    void staying() {
        tellParent(ProcessSignal.USR2);
    }

    /** The watchdog's question is answered: everything that has to run is running. */
    void alive() {
        if (systemd.isEmpty()) {
            return;
        }
        try {
            // On the thread that watches over deadlines, which must not wait for systemd.
            systemd.get().trySend("WATCHDOG=1");
        } catch (LinuxException e) {
            LOG.warn("watchdog ping not sent: {}", e.getMessage());
        }
    }

    /**
     * The channel cannot be used any more: the next process opens another. The record stays: the kernel takes answers to what
     * was read from the old one over the new one.
     */
    void giveUpChannel() {
        tell("FDSTOREREMOVE=1\nFDNAME=" + CHANNEL, Optional.empty());
        awaitRelease();
    }

    /**
     * The service ends in order: nothing is kept any longer. When this returns, closing the channel here ends its
     * registration with the kernel.
     */
    void release() {
        tell("STOPPING=1\nSTATUS=Answering what is queued", Optional.empty());
        tell("FDSTOREREMOVE=1\nFDNAME=" + CHANNEL, Optional.empty());
        tell("FDSTOREREMOVE=1\nFDNAME=" + RECORD, Optional.empty());
        awaitRelease();
    }

    private void awaitRelease() {
        try {
            if (systemd.isPresent() && !systemd.get().awaitProcessed(PATIENCE)) {
                LOG.warn("systemd did not confirm within {} ms that it let go of the channel", PATIENCE.toMillis());
            }
        } catch (LinuxException e) {
            LOG.warn("systemd could not be asked whether it let go of the channel: {}", e.getMessage());
        }
    }

    private void tell(String lines, Optional<Descriptor> descriptor) {
        if (systemd.isEmpty()) {
            return;
        }
        try {
            if (descriptor.isPresent()) {
                systemd.get().send(lines, descriptor.get());
            } else {
                systemd.get().send(lines);
            }
        } catch (LinuxException e) {
            LOG.warn(
                    "systemd could not be told {}: {}",
                    lines.lines().findFirst().orElse(""),
                    e.getMessage());
        }
    }

    /** Closes what nobody took. */
    @Override
    public void close() {
        inherited.close();
        systemd.ifPresent(NotifySocket::close);
    }
}
