package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.daemon.control.ControlCommands;
import org.ecryptfsj.daemon.control.ControlSocket;
import org.ecryptfsj.daemon.control.ControlSocketPath;
import org.ecryptfsj.daemon.control.Status;
import org.ecryptfsj.daemon.guard.Guard;
import org.ecryptfsj.daemon.lifecycle.ChannelRecovery;
import org.ecryptfsj.daemon.lifecycle.DaemonPrivileges;
import org.ecryptfsj.daemon.lifecycle.GracefulRestart;
import org.ecryptfsj.daemon.lifecycle.LockedMemoryRequirement;
import org.ecryptfsj.daemon.lifecycle.MemoryTrimmer;
import org.ecryptfsj.daemon.lifecycle.PidFile;
import org.ecryptfsj.daemon.lifecycle.RequestRecovery;
import org.ecryptfsj.daemon.lifecycle.SignalHandlers;
import org.ecryptfsj.daemon.lifecycle.StartupNotifier;
import org.ecryptfsj.daemon.lifecycle.Supervisor;
import org.ecryptfsj.daemon.lifecycle.Watchdog;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.RequestLoop;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.daemon.warmup.JitWarmUp;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.MemoryLockLimit;
import org.ecryptfsj.linux.ProcessHardening;
import org.ecryptfsj.linux.Umask;
import org.ecryptfsj.netlink.ChannelUnavailableException;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** The daemon: its start, its service, and its end. */
public final class Ecryptfsd {
    private static final Logger LOG = LoggerFactory.getLogger(Ecryptfsd.class);

    private static final int USAGE = 1;

    /** Low byte of -EPROTONOSUPPORT and -EIO: the exit codes of the C daemon (docs/spec/tools.md, section 1). */
    private static final int NO_MESSAGING = 163;

    private static final int CHANNEL_FAILED = 251;

    /** EX_SOFTWARE of sysexits.h. */
    private static final int INTERNAL_ERROR = 70;

    /** EX_IOERR of sysexits.h. */
    private static final int NOT_DRAINED = 74;

    /** Time for key modules to finish when the daemon stops. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** Longest time from a signal to the end of the process. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(6);

    private final DaemonOptions options;
    private final StartupNotifier notifier;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int result = CHANNEL_FAILED;

    private Ecryptfsd(DaemonOptions options, StartupNotifier notifier) {
        this.options = options;
        this.notifier = notifier;
    }

    /** Runs the daemon until a signal ends it, and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(ByteText.arguments(arguments).toArray(new String[0]));
        Logging.flush();
        System.exit(code);
    }

    /** Grammar of the command line, from which the help text, the man page and the completion are generated. */
    public static CommandLine.Model.CommandSpec grammar() {
        return DaemonOptions.grammar();
    }

    private static int run(String[] arguments) {
        StartupNotifier notifier = new StartupNotifier();
        DaemonOptions options;
        try {
            CommandLine parser = DaemonOptions.parser();
            CommandLine.ParseResult parsed = parser.parseArgs(arguments);
            if (CommandLine.printHelpIfRequested(parsed)) {
                return 0;
            }
            options = DaemonOptions.of(parsed);
        } catch (CommandLine.ParameterException e) {
            System.err.println("ecryptfsd: " + e.getMessage());
            System.err.println("Try `ecryptfsd --help'.");
            notifyFailure(notifier, USAGE, e.getMessage() + "; see ecryptfsd --help");
            return USAGE;
        }
        Logging.start(options.logLevel(), options.foreground());
        return new Ecryptfsd(options, notifier).serve();
    }

    private int serve() {
        try {
            result = serveUntilStopped();
            return result;
        } finally {
            ended.countDown();
        }
    }

    private int serveUntilStopped() {
        try (KeyModules modules = KeyModules.discover(Optional.of(options.moduleDirectory()));
                Supervisor supervisor = Supervisor.ofThisProcess()) {
            modules.problems().forEach(LOG::warn);
            DaemonPrivileges privileges = DaemonPrivileges.ofThisProcess();
            prepare(privileges);
            new UserKeyring().linkIntoSession();
            try (KernelChannel channel = ChannelRecovery.open(supervisor, options.channel());
                    Guard guard = startGuard()) {
                serve(channel, Optional.ofNullable(guard), modules, supervisor, privileges);
            }
            LOG.info("ended");
            return 0;
        } catch (ChannelUnavailableException e) {
            boolean noMessaging = e.reason() == ChannelUnavailableException.Reason.NO_MESSAGING;
            return fail(noMessaging ? NO_MESSAGING : CHANNEL_FAILED, e.getMessage() + ". " + e.advice(), e);
        } catch (IOException e) {
            return fail(CHANNEL_FAILED, e.getMessage(), e);
        } catch (RuntimeException e) {
            return fail(CHANNEL_FAILED, e.toString(), e);
        }
    }

    private void prepare(DaemonPrivileges privileges) throws IOException {
        ProcessHardening.forbidDumps();
        Umask.set(027);
        LOG.debug("capabilities: {}", privileges.names());
        privileges.warning().ifPresent(LOG::warn);
        LockedMemoryRequirement.require(MemoryLockLimit.ofThisProcess()).ifPresent(LOG::warn);
        options.promptProgram()
                .ifPresent(program -> LOG.warn("--prompt-prog {} is ignored: no key module prompts", program));
    }

    /**
     * Serves a channel until it ends, without key modules, as a daemon that has just started: for the JVM's class-data archive.
     *
     * @param channel closed by the caller
     * @param guard closed by the caller
     * @throws IOException if the control socket or the pid file cannot be written, or the channel fails
     */
    public static void serve(DaemonOptions options, KernelChannel channel, Guard guard) throws IOException {
        Ecryptfsd daemon = new Ecryptfsd(options, new StartupNotifier());
        try (KeyModules none = KeyModules.of();
                Supervisor supervisor = Supervisor.ofThisProcess()) {
            DaemonPrivileges privileges = DaemonPrivileges.ofThisProcess();
            daemon.prepare(privileges);
            daemon.serve(channel, Optional.of(guard), none, supervisor, privileges);
        } finally {
            daemon.ended.countDown();
        }
    }

    private void serve(
            KernelChannel channel,
            Optional<Guard> guard,
            KeyModules modules,
            Supervisor supervisor,
            DaemonPrivileges privileges)
            throws IOException {
        RequestMetrics metrics = new RequestMetrics();
        UserKeyring keyring = new UserKeyring();
        try (RequestPipeline pipeline =
                new RequestPipeline(modules, keyring::find, metrics, options.limits(), options.threads())) {
            Path socketPath = options.controlSocket().orElseGet(ControlSocketPath::ofThisUser);
            RequestLoop loop = new RequestLoop(channel, pipeline, metrics);
            RequestRecovery recovery = new RequestRecovery(channel, pipeline);
            GracefulRestart restart = new GracefulRestart(supervisor, channel, loop, pipeline, recovery);
            ControlCommands commands = new ControlCommands(
                    new Status(channel, modules, pipeline, metrics, supervisor, privileges, guard),
                    modules,
                    restart,
                    guard);
            try (ControlSocket socket = ControlSocket.listen(socketPath, commands);
                    PidFile pid = writePid(supervisor)) {
                LOG.debug("pid file: {}", pid);
                stopOnSignal(channel, supervisor, restart);
                dropKeysOnSighup(modules, supervisor);
                SignalHandlers.handle("USR1", () -> restart.begin("signal USR1"));
                LOG.info(
                        "ready: uid {} on {}, modules {}, stall limit {} ms, deadline {}, control socket {}",
                        Account.effectiveUid(),
                        channel.name(),
                        modules.all().stream().map(KeyModule::alias).toList(),
                        options.limits().stall().toMillis(),
                        options.limits()
                                .deadline()
                                .map(d -> d.toMillis() + " ms")
                                .orElse("none"),
                        socket.path());
                notifier.ready();
                supervisor.ready("Answering on " + channel.name());
                metrics.recovered(recovery.size());
                Watchdog.start(supervisor, channel, pipeline);
                DaemonThreads.named("jit-warm-up")
                        .newThread(Ecryptfsd::warmUpJit)
                        .start();
                modules.all().forEach(module -> DaemonThreads.named("module-warm-up")
                        .newThread(() -> warmUpModule(module))
                        .start());
                try (MemoryTrimmer trimmer = MemoryTrimmer.start()) {
                    LOG.debug("native memory is trimmed {}", trimmer);
                    serveRequests(recovery, loop, restart, pipeline);
                } catch (LinuxException e) {
                    LOG.error("cannot read {} any more: exiting; the next process opens it again", channel.name());
                    supervisor.forgetChannel();
                    throw e;
                } catch (RuntimeException | Error e) {
                    exitForRestart(supervisor, e);
                    throw e;
                }
            }
        }
    }

    /** Null for other users than root: their keys are not in the kernel's care. */
    private Guard startGuard() {
        return Account.effectiveUid() == 0 ? Guard.start(options.moduleDirectory()) : null;
    }

    private static void warmUpJit() {
        try {
            JitWarmUp.run(JitWarmUp.COMPLETE);
            LOG.debug("request path is compiled");
        } catch (LinuxException | RuntimeException e) {
            LOG.warn("warm-up of the request path failed, so the first files are slow: {}", e.toString());
        }
    }

    /** A failure here is not an error yet: the service may start before the first request. */
    private static void warmUpModule(KeyModule module) {
        try {
            module.warmUp();
            LOG.debug("key module {} is ready", module.alias());
        } catch (KeyModuleException e) {
            LOG.info("key module {} is not usable yet: {}. {}", module.alias(), e.getMessage(), e.advice());
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("warm-up of key module {} failed", module.alias(), e);
        }
    }

    private static void serveRequests(
            RequestRecovery recovery, RequestLoop loop, GracefulRestart restart, RequestPipeline pipeline)
            throws LinuxException {
        recovery.start();
        loop.run();
        restart.finish();
        LOG.info("stopping: {} requests in flight", pipeline.inFlight());
        pipeline.finish(GRACE);
        recovery.finish();
        // A request left in the kernel's queue would wait until the kernel's timeout: new ones are failed at once.
        loop.run();
    }

    /** For an internal error: the channel stays open with the supervisor, so that queued requests are not lost. */
    private static void exitForRestart(Supervisor supervisor, Throwable error) {
        if (supervisor.keepsChannel()) {
            LOG.error("internal error; exiting for restart by the supervisor", error);
            Logging.flush();
            Runtime.getRuntime().halt(INTERNAL_ERROR);
        }
    }

    /** Null without the option --pidfile. */
    private PidFile writePid(Supervisor supervisor) throws IOException {
        return options.pidFile().isPresent() ? PidFile.write(options.pidFile().get(), supervisor.pidToSignal()) : null;
    }

    /** On TERM, INT and, in the foreground, HUP: drains the channel, then ends the process, with 0 if that worked. */
    private void stopOnSignal(KernelChannel channel, Supervisor supervisor, GracefulRestart restart) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drainAndHalt(channel, supervisor, restart), "stop"));
    }

    private void drainAndHalt(KernelChannel channel, Supervisor supervisor, GracefulRestart restart) {
        if (ended.getCount() == 0) {
            return;
        }
        restart.cancel();
        supervisor.release();
        int code = drain(channel);
        Logging.flush();
        Runtime.getRuntime().halt(code);
    }

    /** @return the exit code */
    private int drain(KernelChannel channel) {
        try {
            channel.stopReceiving();
            if (ended.await(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return result;
            }
            LOG.error(
                    "{} not drained within {} ms: programs with queued requests wait until the kernel's timeout",
                    channel.name(),
                    STOP_TIMEOUT.toMillis());
        } catch (LinuxException | InterruptedException e) {
            LOG.error(
                    "cannot drain {}: programs with queued requests wait until the kernel's timeout",
                    channel.name(),
                    e);
        }
        return NOT_DRAINED;
    }

    private void dropKeysOnSighup(KeyModules modules, Supervisor supervisor) {
        if (options.foreground() && supervisor.kind() != Supervisor.Kind.SYSTEMD) {
            return;
        }
        SignalHandlers.handle("HUP", () -> {
            LOG.info("signal HUP: cached keys dropped");
            modules.all().forEach(KeyModule::lock);
        });
    }

    private int fail(int code, String text, Exception cause) {
        LOG.error("{}", text);
        LOG.debug("cause", cause);
        notifyFailure(notifier, code, text);
        return code;
    }

    private static void notifyFailure(StartupNotifier notifier, int code, String text) {
        try {
            notifier.failed(code, text);
        } catch (LinuxException e) {
            LOG.error("cannot notify the parent process: {}", e.getMessage());
        }
    }
}
