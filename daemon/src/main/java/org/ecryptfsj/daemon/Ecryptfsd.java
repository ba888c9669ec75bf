package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

/** The daemon: starts, answers, and ends leaving nothing behind. */
public final class Ecryptfsd {
    private static final Logger LOG = LoggerFactory.getLogger(Ecryptfsd.class);

    private static final int USAGE = 1;

    /** Low byte of -EPROTONOSUPPORT and -EIO: what the C daemon exits with (docs/spec/tools.md, section 1). */
    private static final int NO_MESSAGING = 163;

    private static final int BROKEN = 251;

    /** EX_SOFTWARE of sysexits.h. */
    private static final int DEFECTIVE = 70;

    /** EX_IOERR of sysexits.h. */
    private static final int NOT_DRAINED = 74;

    /** How long a stopping daemon lets modules finish. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(6);

    private final DaemonOptions options;
    private final Readiness readiness;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int result = BROKEN;

    private Ecryptfsd(DaemonOptions options, Readiness readiness) {
        this.options = options;
        this.readiness = readiness;
    }

    /** Runs the daemon until a signal ends it, and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(ByteText.arguments(arguments).toArray(new String[0]));
        Logging.flush();
        System.exit(code);
    }

    /** The command line's grammar: the source of its help text, its man page and its completion. */
    public static CommandLine.Model.CommandSpec grammar() {
        return DaemonOptions.grammar();
    }

    private static int run(String[] arguments) {
        Readiness readiness = new Readiness();
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
            tell(readiness, USAGE, e.getMessage() + "; see ecryptfsd --help");
            return USAGE;
        }
        Logging.start(options.logLevel(), options.foreground());
        return new Ecryptfsd(options, readiness).serve();
    }

    private int serve() {
        try {
            result = serveToTheEnd();
            return result;
        } finally {
            ended.countDown();
        }
    }

    private int serveToTheEnd() {
        try (KeyModules modules = KeyModules.discover(Optional.of(options.moduleDirectory()));
                Keeper keeper = Keeper.ofThisProcess()) {
            modules.problems().forEach(LOG::warn);
            DaemonRights rights = DaemonRights.ofThisProcess();
            prepare(rights);
            serve(modules, keeper, rights);
            return 0;
        } catch (ChannelUnavailableException e) {
            boolean noMessaging = e.reason() == ChannelUnavailableException.Reason.NO_MESSAGING;
            return giveUp(noMessaging ? NO_MESSAGING : BROKEN, e.getMessage() + ". " + e.advice(), e);
        } catch (IOException e) {
            return giveUp(BROKEN, e.getMessage(), e);
        } catch (RuntimeException e) {
            return giveUp(BROKEN, e.toString(), e);
        }
    }

    private void prepare(DaemonRights rights) throws IOException {
        ProcessHardening.forbidDumps();
        Umask.set(027);
        LOG.debug("capabilities: {}", rights.names());
        rights.warning().ifPresent(LOG::warn);
        LockedMemoryNeed.require(MemoryLockLimit.ofThisProcess()).ifPresent(LOG::warn);
        new UserKeyring().linkIntoSession();
        options.promptProgram()
                .ifPresent(program -> LOG.warn("no key module asks for anything: {} will not be run", program));
    }

    private void serve(KeyModules modules, Keeper keeper, DaemonRights rights) throws IOException {
        Journal journal = new Journal();
        UserKeyring keyring = new UserKeyring();
        try (KernelChannel channel = KeptChannel.open(keeper, options.channel());
                Dispatcher dispatcher =
                        new Dispatcher(modules, keyring::find, journal, options.limits(), options.threads())) {
            Path socket = options.controlSocket().orElseGet(ControlAddress::ofThisUser);
            RequestLoop loop = new RequestLoop(channel, dispatcher, journal);
            Inheritance inheritance = new Inheritance(channel, dispatcher);
            HandOver handOver = new HandOver(keeper, channel, loop, dispatcher, inheritance);
            Control control =
                    new Control(new Status(channel, modules, dispatcher, journal, keeper, rights), modules, handOver);
            try (ControlSocket listening = ControlSocket.listen(socket, control);
                    PidFile pid = writePid(keeper)) {
                LOG.debug("pid file: {}", pid);
                stopOnSignal(channel, keeper, handOver);
                dropKeysOnHangup(modules, keeper);
                CaughtSignal.handle("USR1", () -> handOver.begin("a signal"));
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
                        listening.path());
                readiness.ready();
                keeper.ready("Answering on " + channel.name());
                journal.inherited(inheritance.size());
                Watchdog.begin(keeper, channel, dispatcher);
                Threads.daemon("rehearsal").newThread(Ecryptfsd::rehearse).start();
                modules.all().forEach(module -> Threads.daemon("warm-up")
                        .newThread(() -> warmUp(module))
                        .start());
                try (Upkeep upkeep = Upkeep.begin()) {
                    LOG.debug("upkeep: {}", upkeep);
                    answerUntilTold(inheritance, loop, handOver, dispatcher);
                } catch (LinuxException e) {
                    LOG.error(
                            "{} cannot be read any more: exiting, so that the next process opens it anew",
                            channel.name());
                    keeper.giveUpChannel();
                    throw e;
                } catch (RuntimeException | Error e) {
                    leaveItToASuccessor(keeper, e);
                    throw e;
                }
            }
        }
        LOG.info("ended");
    }

    private static void rehearse() {
        try {
            Rehearsal.run(Rehearsal.THOROUGH);
            LOG.debug("rehearsed");
        } catch (LinuxException | RuntimeException e) {
            LOG.warn("the first files will be slow: {}", e.toString());
        }
    }

    /** A failure here is no error yet: the service may come before the first request. */
    private static void warmUp(KeyModule module) {
        try {
            module.warmUp();
            LOG.debug("key module {} is warm", module.alias());
        } catch (KeyModuleException e) {
            LOG.info("key module {} is not usable yet: {}. {}", module.alias(), e.getMessage(), e.advice());
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("key module {} could not be warmed up", module.alias(), e);
        }
    }

    private static void answerUntilTold(
            Inheritance inheritance, RequestLoop loop, HandOver handOver, Dispatcher dispatcher) throws LinuxException {
        if (inheritance.size() > 0) {
            LOG.info("a predecessor has read {} requests and not answered them", inheritance.size());
        }
        inheritance.answer();
        loop.run();
        handOver.finish();
        LOG.info("stopping: {} requests in flight", dispatcher.inFlight());
        dispatcher.finish(GRACE);
        inheritance.finish();
        // A request left in the kernel's queue would wait in vain: what came meanwhile is failed at once.
        loop.run();
    }

    /** Closing the channel would lose what is queued, and this process is in no state to answer it. */
    private static void leaveItToASuccessor(Keeper keeper, Throwable defect) {
        if (keeper.keeps()) {
            LOG.error("internal error; exiting for restart by the supervisor", defect);
            Logging.flush();
            Runtime.getRuntime().halt(DEFECTIVE);
        }
    }

    /** Null if no pid file was asked for. */
    private PidFile writePid(Keeper keeper) throws IOException {
        return options.pidFile().isPresent() ? PidFile.write(options.pidFile().get(), keeper.pidToSignal()) : null;
    }

    /** TERM, INT and, in the foreground, HUP: the channel is drained, then the process ends, with 0 if that worked. */
    private void stopOnSignal(KernelChannel channel, Keeper keeper, HandOver handOver) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drainAndHalt(channel, keeper, handOver), "stop"));
    }

    private void drainAndHalt(KernelChannel channel, Keeper keeper, HandOver handOver) {
        if (ended.getCount() == 0) {
            return;
        }
        handOver.revoke();
        keeper.release();
        int code = drain(channel);
        Logging.flush();
        Runtime.getRuntime().halt(code);
    }

    /** @return the exit code */
    private int drain(KernelChannel channel) {
        try {
            channel.stopReceiving();
            if (ended.await(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                return result;
            }
            LOG.error(
                    "{} was not drained within {} ms: programs whose requests are left wait until the kernel's timeout",
                    channel.name(),
                    LONGEST_STOP.toMillis());
        } catch (LinuxException | InterruptedException e) {
            LOG.error(
                    "{} could not be drained: programs whose requests are left wait until the kernel's timeout",
                    channel.name(),
                    e);
        }
        return NOT_DRAINED;
    }

    private void dropKeysOnHangup(KeyModules modules, Keeper keeper) {
        if (options.foreground() && keeper.kind() != Keeper.Kind.SYSTEMD) {
            return;
        }
        CaughtSignal.handle("HUP", () -> {
            LOG.info("hang-up: cached keys are dropped");
            modules.all().forEach(KeyModule::lock);
        });
    }

    private int giveUp(int code, String text, Exception cause) {
        LOG.error("{}", text);
        LOG.debug("cause", cause);
        tell(readiness, code, text);
        return code;
    }

    private static void tell(Readiness readiness, int code, String text) {
        try {
            readiness.failed(code, text);
        } catch (LinuxException e) {
            LOG.error("whoever started us could not be told: {}", e.getMessage());
        }
    }
}
