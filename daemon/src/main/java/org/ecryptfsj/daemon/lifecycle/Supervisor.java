package org.ecryptfsj.daemon.lifecycle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.InheritedDescriptors;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.NotifySocket;
import org.ecryptfsj.linux.ProcessSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supervisor of this process: it starts a new process after a crash, and keeps the channel and the in-flight store for it.
 * That is systemd, with its file descriptor store (sd_notify(3), FDSTORE), or the launcher's shell, which is this process's
 * parent.
 */
public final class Supervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    /** Process id of the shell, if it supervises; see packaging/launcher/supervise. */
    private static final String PARENT_VARIABLE = "ECRYPTFSD_SUPERVISOR";

    private static final String CHANNEL = "channel";
    private static final String STORE = "record";

    /** Longest wait of a stopping daemon until systemd has closed the channel. */
    private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(1);

    /** Kind of supervisor. */
    public enum Kind {
        /** systemd, with its file descriptor store. */
        SYSTEMD("systemd"),
        /** The launcher's shell. */
        PARENT("parent"),
        /** No supervisor. */
        NONE("nobody");

        private final String status;

        Kind(String status) {
            this.status = status;
        }

        /** Its name in the status. */
        @Override
        public String toString() {
            return status;
        }
    }

    private final Kind kind;
    private final long pid;
    private final OptionalLong parent;
    private final Optional<NotifySocket> systemd;
    private final InheritedDescriptors inherited;
    private final Optional<Duration> watchdog;
    private final List<Descriptor> received = new ArrayList<>();

    private Supervisor(
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

    /**
     * The supervisor of this process; closed by the caller.
     *
     * @throws LinuxException if descriptors or the socket that the environment names do not exist
     */
    public static Supervisor ofThisProcess() throws LinuxException {
        ProcessHandle self = ProcessHandle.current();
        return of(
                System.getenv(),
                self.pid(),
                self.parent().map(ProcessHandle::pid).map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    /**
     * Determines the supervisor from the environment.
     *
     * @param pid of this process
     * @param parent process id of its parent
     * @throws LinuxException if descriptors or the socket that the environment names do not exist
     */
    public static Supervisor of(Map<String, String> environment, long pid, OptionalLong parent) throws LinuxException {
        Optional<NotifySocket> systemd = NotifySocket.of(environment);
        boolean supervised =
                parent.isPresent() && Long.toString(parent.getAsLong()).equals(environment.get(PARENT_VARIABLE));
        Kind kind = systemd.isPresent() ? Kind.SYSTEMD : supervised ? Kind.PARENT : Kind.NONE;
        return new Supervisor(
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

    /** Kind of supervisor. */
    public Kind kind() {
        return kind;
    }

    /** Whether the next process gets the channel and the in-flight store if this one ends. */
    public boolean keepsChannel() {
        return kind != Kind.NONE;
    }

    /** Process id to send signals to: the shell's, which forwards them, or this process's. */
    public long pidToSignal() {
        return parent.orElse(pid);
    }

    /** Longest time between two {@linkplain #ping pings}; empty if none are expected. */
    Optional<Duration> watchdog() {
        return systemd.isPresent() ? watchdog : Optional.empty();
    }

    /** The channel that the supervisor kept; closed by the caller. */
    Optional<Descriptor> takeChannel() {
        return take(CHANNEL);
    }

    /** The in-flight store that the supervisor kept; closed by the caller. */
    Optional<Descriptor> takeStore() {
        return take(STORE);
    }

    private Optional<Descriptor> take(String name) {
        Optional<Descriptor> taken = inherited.take(name);
        taken.ifPresent(received::add);
        return taken;
    }

    /**
     * Gives the supervisor what the next process needs, unless it has it already.
     *
     * @param device of the channel
     * @param store memory of the in-flight store, if there is one
     */
    void keep(Descriptor device, Optional<Descriptor> store) {
        store(CHANNEL, device);
        store.ifPresent(memory -> store(STORE, memory));
    }

    private void store(String name, Descriptor descriptor) {
        if (received.contains(descriptor)) {
            return;
        }
        // Replaces a descriptor that could not be used, if there was one.
        tell("FDSTOREREMOVE=1\nFDNAME=" + name, Optional.empty());
        // FDPOLL=0: two processes must not poll the device at the same time (docs/spec/channel.md, section 3).
        tell("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, Optional.of(descriptor));
    }

    /** Reports that requests are answered from now on. */
    public void ready(String status) {
        tell("READY=1\nSTATUS=" + status, Optional.empty());
        signalParent(ProcessSignal.USR2);
    }

    private void signalParent(ProcessSignal signal) {
        if (parent.isEmpty()) {
            return;
        }
        try {
            signal.sendTo(parent.getAsLong());
        } catch (LinuxException e) {
            LOG.warn("cannot signal the supervising shell (process {}): {}", parent.getAsLong(), e.getMessage());
        }
    }

    /** Reports that this process ends and another one is to be started. */
    void restarting() {
        tell("STATUS=Restarting", Optional.empty());
        signalParent(ProcessSignal.USR1);
    }

    /** Revokes {@link #restarting()}. */
    void restartCancelled() {
        signalParent(ProcessSignal.USR2);
    }

    /** Sends the watchdog ping. */
    void ping() {
        if (systemd.isEmpty()) {
            return;
        }
        try {
            // Without waiting: this thread enforces the limits of requests.
            systemd.get().trySend("WATCHDOG=1");
        } catch (LinuxException e) {
            LOG.warn("watchdog ping not sent: {}", e.getMessage());
        }
    }

    /**
     * Makes the supervisor close the channel, which cannot be used any more, so that the next process opens another. The
     * in-flight store stays: the kernel accepts replies to its requests over the new channel.
     */
    public void forgetChannel() {
        tell("FDSTOREREMOVE=1\nFDNAME=" + CHANNEL, Optional.empty());
        awaitRelease();
    }

    /**
     * Makes the supervisor close everything, because the daemon stops. After this, closing the channel in this process ends its
     * registration with the kernel.
     */
    public void release() {
        tell("STOPPING=1\nSTATUS=Answering queued requests", Optional.empty());
        tell("FDSTOREREMOVE=1\nFDNAME=" + CHANNEL, Optional.empty());
        tell("FDSTOREREMOVE=1\nFDNAME=" + STORE, Optional.empty());
        awaitRelease();
    }

    private void awaitRelease() {
        try {
            if (systemd.isPresent() && !systemd.get().awaitProcessed(RELEASE_TIMEOUT)) {
                LOG.warn("systemd did not confirm within {} ms that it closed the channel", RELEASE_TIMEOUT.toMillis());
            }
        } catch (LinuxException e) {
            LOG.warn("cannot wait for systemd to close the channel: {}", e.getMessage());
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
            LOG.warn("cannot send {} to systemd: {}", lines.lines().findFirst().orElse(""), e.getMessage());
        }
    }

    /** Closes inherited descriptors that were not taken, and the socket. */
    @Override
    public void close() {
        inherited.close();
        systemd.ifPresent(NotifySocket::close);
    }
}
