package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.netlink.KernelChannels;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What {@code ecryptfsd} was told on its command line: the options of ecryptfs-utils 111 (docs/spec/tools.md, section 1) and
 * ours.
 */
record DaemonOptions(
        Optional<Path> pidFile,
        boolean foreground,
        Optional<Path> promptProgram,
        KernelChannels.Choice channel,
        RequestLimits limits,
        Path moduleDirectory,
        Optional<Path> controlSocket,
        int threads,
        String logLevel) {

    /** Further key modules' jars; the launcher names the directory of its own tree. */
    private static final Path DEFAULT_MODULE_DIRECTORY =
            Path.of(System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules"));

    private static final int DEFAULT_THREADS = 4;
    private static final String DEFAULT_LOG_LEVEL = "info";

    private static final int MAX_THREADS = 64;
    private static final int MOST_SECONDS = 86_400;

    private static final Map<String, String> EXIT_CODES = Ordered.texts(
            "0", "ended by a signal",
            "1", "wrong usage",
            "70", "a defect; a successor goes on",
            "74", "ended by a signal, but requests that were queued could not be answered",
            "75", "made room for a successor",
            "163", "the kernel has no eCryptfs messaging",
            "251", "the channel cannot be opened (another daemon of this user, or no permission) or broke");

    /** The command line's grammar, from which --help and the manual page are printed too. */
    static CommandSpec grammar() {
        CommandSpec spec = CommandSpec.create().name("ecryptfsd").versionProvider(() -> Version.lines("ecryptfsd"));
        spec.usageMessage()
                .description(
                        "Answers the kernel's eCryptfs when it asks for a file's key.",
                        "",
                        "One daemon serves the files that one user opens; start it as that user. Without -f it goes to the "
                                + "background once it is ready to answer.")
                .footer(
                        "",
                        "Signals: TERM and INT answer what is queued and end the daemon; HUP drops cached keys "
                                + "(in the foreground, HUP ends it); USR1 replaces the process by a "
                                + "new one that goes on with the channel, so that no request fails.")
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
                .description("Program to execute for user prompt (accepted; no key module here asks anything)")
                .build());
        spec.addOption(OptionSpec.builder("--channel")
                .type(KernelChannels.Choice.class)
                .defaultValue("AUTO")
                .completionCandidates(List.of("auto", "miscdev", "netlink"))
                .paramLabel("<auto|miscdev|netlink>")
                .description("How to reach the kernel (default: what it offers)")
                .build());
        spec.addOption(OptionSpec.builder("--deadline")
                .type(Double.class)
                .paramLabel("<seconds>")
                .description("Fail a request that has no answer after this time, even if it only waits its turn "
                        + "(default: no such limit)")
                .build());
        spec.addOption(OptionSpec.builder("--stall-limit")
                .type(Double.class)
                .paramLabel("<seconds>")
                .description(
                        "Time after which a key module that completes nothing counts as stalled: all that wait for "
                                + "it fail, and further requests fail at once until it answers again (default: "
                                + RequestLimits.DEFAULT_STALL.toSeconds() + ")")
                .build());
        spec.addOption(OptionSpec.builder("--module-dir")
                .type(Path.class)
                .defaultValue(DEFAULT_MODULE_DIRECTORY.toString())
                .paramLabel("<directory>")
                .description("Where further key modules' jars are (default: lib/modules of the installed tree)")
                .build());
        spec.addOption(OptionSpec.builder("--control-socket")
                .type(Path.class)
                .paramLabel("<socket>")
                .description("Where ecryptfsctl reaches this daemon")
                .build());
        spec.addOption(OptionSpec.builder("--threads")
                .type(int.class)
                .defaultValue(Integer.toString(DEFAULT_THREADS))
                .paramLabel("<n>")
                .description("Requests a key module may work on at once, 1 to " + MAX_THREADS
                        + " (default: ${DEFAULT-VALUE})")
                .build());
        spec.addOption(OptionSpec.builder("--log-level")
                .type(String.class)
                .defaultValue(DEFAULT_LOG_LEVEL)
                .completionCandidates(Logging.LEVELS)
                .paramLabel("<error|warn|info|debug|trace>")
                .description("How much to log (default: ${DEFAULT-VALUE})")
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

    /** A parser of that grammar. */
    static CommandLine parser() {
        return new CommandLine(grammar())
                .registerConverter(Path.class, ByteText::path)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /**
     * Reads what was parsed.
     *
     * @throws CommandLine.ParameterException if a value is out of its range
     */
    static DaemonOptions of(CommandLine.ParseResult parsed) {
        CommandLine line = parsed.commandSpec().commandLine();
        int threads = parsed.matchedOptionValue("--threads", DEFAULT_THREADS);
        if (threads < 1 || threads > MAX_THREADS) {
            throw new CommandLine.ParameterException(line, "--threads takes 1 to " + MAX_THREADS + ", not " + threads);
        }
        Optional<Duration> deadline = duration(parsed, "--deadline", "0.05", "without the option there is no deadline");
        Optional<Duration> stall =
                duration(parsed, "--stall-limit", "1", "it cannot be switched off: a request would wait for ever");
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
            CommandLine.ParseResult parsed, String option, String least, String remark) {
        Optional<Double> seconds = Optional.ofNullable(parsed.matchedOptionValue(option, (Double) null));
        if (seconds.isPresent() && !(seconds.get() >= Double.parseDouble(least) && seconds.get() <= MOST_SECONDS)) {
            throw new CommandLine.ParameterException(
                    parsed.commandSpec().commandLine(),
                    option + " takes " + least + " to " + MOST_SECONDS + " seconds, not " + seconds.get() + "; "
                            + remark);
        }
        return seconds.map(s -> Duration.ofNanos((long) (s * 1e9)));
    }

    /**
     * In another root neither the system log, libtspi, libcrypto, the key storage nor the names of tcsd's machine would be
     * found, each at another time, long after the start.
     */
    private static void requireRoot(CommandLine line, Optional<String> chroot) {
        if (chroot.isPresent() && !isRoot(chroot.get())) {
            throw new CommandLine.ParameterException(
                    line,
                    "--chroot " + chroot.get()
                            + " is refused: there the daemon would find neither the system log, libtspi,"
                            + " libcrypto nor root's key storage. What to do: leave it out (the daemon gives up all rights"
                            + " that it does not need), or put a whole system with ecryptfsj into " + chroot.get()
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
