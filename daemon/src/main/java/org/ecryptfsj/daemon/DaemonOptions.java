package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.daemon.control.DaemonVersion;
import org.ecryptfsj.daemon.control.OrderedMaps;
import org.ecryptfsj.daemon.control.PathConverter;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.netlink.KernelChannels;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Command line options of {@code ecryptfsd}: those of ecryptfs-utils 111 (docs/spec/tools.md, section 1), and further ones.
 *
 * @param pidFile path of the pid file
 * @param foreground whether the process stays in the foreground
 * @param promptProgram program for prompts, which no key module uses
 * @param channel transport to the kernel
 * @param limits when a request is given up
 * @param moduleDirectory directory of further key modules
 * @param controlSocket path of the control socket
 * @param threads requests that a key module may process at once
 * @param logLevel one of {@link Logging#LEVELS}
 */
public record DaemonOptions(
        Optional<Path> pidFile,
        boolean foreground,
        Optional<Path> promptProgram,
        KernelChannels.Choice channel,
        RequestLimits limits,
        Path moduleDirectory,
        Optional<Path> controlSocket,
        int threads,
        String logLevel) {

    /** Directory of further key modules; the launcher sets it to the one of its own tree. */
    private static final Path DEFAULT_MODULE_DIRECTORY =
            Path.of(System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules"));

    private static final int DEFAULT_THREADS = 4;
    private static final String DEFAULT_LOG_LEVEL = "info";

    private static final int MAX_THREADS = 64;
    private static final int MAX_SECONDS = 86_400;

    private static final Map<String, String> EXIT_CODES = OrderedMaps.texts(
            "0", "ended by a signal",
            "1", "wrong usage",
            "70", "internal error; the supervisor starts a new process",
            "74", "ended by a signal, but queued requests could not be answered",
            "75", "ended for a restart by the supervisor",
            "163", "the kernel has no eCryptfs messaging",
            "251", "the channel cannot be opened (another daemon of this user, or no permission) or broke");

    /** Grammar of the command line, from which the help text and the manual page are generated. */
    static CommandSpec grammar() {
        CommandSpec spec = CommandSpec.create().name("ecryptfsd").versionProvider(new DaemonVersion("ecryptfsd"));
        spec.usageMessage()
                .description(
                        "Answers the requests of the kernel's eCryptfs for file keys.",
                        "",
                        "One daemon serves the files that one user opens; start it as that user. Without -f it moves to the "
                                + "background once it is ready.")
                .footer(
                        "",
                        "Signals: TERM and INT answer queued requests and end the daemon; HUP drops cached keys "
                                + "(in the foreground, HUP ends it); USR1 replaces the process by a "
                                + "new one that continues with the channel, so that no request fails.")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(EXIT_CODES);
        spec.addOption(OptionSpec.builder("-p", "--pidfile")
                .type(Path.class)
                .paramLabel("<pidfile>")
                .description("Set pid file name")
                .build());
        spec.addOption(OptionSpec.builder("-f", "--foreground")
                .type(boolean.class)
                .description("Don't fork into background; log to the terminal too")
                .build());
        spec.addOption(OptionSpec.builder("-C", "--chroot")
                .type(String.class)
                .paramLabel("<chroot>")
                .description("Chroot to directory (only / is accepted: elsewhere no key module works)")
                .build());
        spec.addOption(OptionSpec.builder("-R", "--prompt-prog")
                .type(Path.class)
                .paramLabel("<prompt-prog>")
                .description("Program to execute for user prompt (accepted and ignored: no key module prompts)")
                .build());
        spec.addOption(OptionSpec.builder("--channel")
                .type(KernelChannels.Choice.class)
                .defaultValue("AUTO")
                .completionCandidates(List.of("auto", "miscdev", "netlink"))
                .paramLabel("<auto|miscdev|netlink>")
                .description("Transport to the kernel (default: the one that the kernel has)")
                .build());
        spec.addOption(OptionSpec.builder("--deadline")
                .type(Double.class)
                .paramLabel("<seconds>")
                .description(
                        "Longest time from a request to its reply, even while it waits for other requests; then it fails "
                                + "(default: no limit)")
                .build());
        spec.addOption(OptionSpec.builder("--stall-limit")
                .type(Double.class)
                .paramLabel("<seconds>")
                .description(
                        "Time after which a key module that completes nothing counts as stalled: its waiting requests "
                                + "fail, and further ones fail at once until it responds again (default: "
                                + RequestLimits.DEFAULT_STALL.toSeconds() + ")")
                .build());
        spec.addOption(OptionSpec.builder("--module-dir")
                .type(Path.class)
                .defaultValue(DEFAULT_MODULE_DIRECTORY.toString())
                .paramLabel("<directory>")
                .description("Directory of further key modules (default: lib/modules of the installed tree)")
                .build());
        spec.addOption(OptionSpec.builder("--control-socket")
                .type(Path.class)
                .paramLabel("<socket>")
                .description("Path of the control socket, for ecryptfsctl")
                .build());
        spec.addOption(OptionSpec.builder("--threads")
                .type(int.class)
                .defaultValue(Integer.toString(DEFAULT_THREADS))
                .paramLabel("<n>")
                .description("Number of requests that a key module processes at once, 1 to " + MAX_THREADS
                        + " (default: ${DEFAULT-VALUE})")
                .build());
        spec.addOption(OptionSpec.builder("--log-level")
                .type(String.class)
                .defaultValue(DEFAULT_LOG_LEVEL)
                .completionCandidates(Logging.LEVELS)
                .paramLabel("<error|warn|info|debug|trace>")
                .description("Least severity to log (default: ${DEFAULT-VALUE})")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show version information")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show usage information")
                .build());
        return spec;
    }

    /** Parser of the command line. */
    public static CommandLine parser() {
        return new CommandLine(grammar())
                .registerConverter(Path.class, new PathConverter())
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /**
     * The options of a parsed command line.
     *
     * @throws CommandLine.ParameterException if a value is out of its range
     */
    public static DaemonOptions of(CommandLine.ParseResult parsed) {
        CommandLine line = parsed.commandSpec().commandLine();
        int threads = parsed.matchedOptionValue("--threads", DEFAULT_THREADS);
        if (threads < 1 || threads > MAX_THREADS) {
            throw new CommandLine.ParameterException(line, "--threads takes 1 to " + MAX_THREADS + ", not " + threads);
        }
        Optional<Duration> deadline = duration(parsed, "--deadline", "0.05", "without the option there is no deadline");
        Optional<Duration> stall = duration(
                parsed, "--stall-limit", "1", "it cannot be switched off, because a request would wait without limit");
        String level = parsed.matchedOptionValue("--log-level", DEFAULT_LOG_LEVEL);
        if (!Logging.isLevel(level)) {
            throw new CommandLine.ParameterException(line, "--log-level takes " + Logging.LEVELS + ", not " + level);
        }
        requireRoot(line, Optional.ofNullable(parsed.matchedOptionValue("--chroot", (String) null)));
        return new DaemonOptions(
                path(parsed, "--pidfile"),
                parsed.hasMatchedOption("--foreground"),
                path(parsed, "--prompt-prog"),
                parsed.matchedOptionValue("--channel", KernelChannels.Choice.AUTO),
                new RequestLimits(deadline, stall.orElse(RequestLimits.DEFAULT_STALL)),
                parsed.matchedOptionValue("--module-dir", DEFAULT_MODULE_DIRECTORY),
                path(parsed, "--control-socket"),
                threads,
                level);
    }

    /** @throws CommandLine.ParameterException if it is out of range */
    private static Optional<Duration> duration(
            CommandLine.ParseResult parsed, String option, String minimum, String remark) {
        Optional<Double> seconds = Optional.ofNullable(parsed.matchedOptionValue(option, (Double) null));
        if (seconds.isPresent() && !(seconds.get() >= Double.parseDouble(minimum) && seconds.get() <= MAX_SECONDS)) {
            throw new CommandLine.ParameterException(
                    parsed.commandSpec().commandLine(),
                    option + " takes " + minimum + " to " + MAX_SECONDS + " seconds, not " + seconds.get() + "; "
                            + remark);
        }
        return seconds.map(s -> Duration.ofNanos((long) (s * 1e9)));
    }

    /**
     * In another root the system log, libtspi, libcrypto, the key storage and the address of tcsd would not be found, each only
     * when it is used, long after the start.
     */
    private static void requireRoot(CommandLine line, Optional<String> chroot) {
        if (chroot.isPresent() && !isRoot(chroot.get())) {
            throw new CommandLine.ParameterException(
                    line,
                    "--chroot " + chroot.get()
                            + " is refused: the system log, libtspi, libcrypto and root's key storage are not found"
                            + " there. What to do: omit it (the daemon drops all privileges that it does not need), or"
                            + " install a whole system with ecryptfsj in " + chroot.get()
                            + " and start it there: chroot " + chroot.get() + " ecryptfsd");
        }
    }

    private static boolean isRoot(String directory) {
        try {
            return Files.isSameFile(Path.of(directory), Path.of("/"));
        } catch (IOException | InvalidPathException missing) {
            return false;
        }
    }

    private static Optional<Path> path(CommandLine.ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, (Path) null));
    }
}
