package org.ecryptfsj.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.daemon.guard.LockResult;
import org.ecryptfsj.daemon.guard.Revocation;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.UnixStreamSocket;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code ecryptfsctl}: shows the status of a running daemon, drops its cached keys and revokes those that the kernel holds, restarts
 * it, or changes its log level.
 */
public final class Ecryptfsctl {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final String ADVICE =
            "  What to do: start ecryptfsd, run ecryptfsctl as the daemon's user, or name its socket with --socket";

    /** A restart takes a second; on a machine that is busy booting it may take longer. */
    private static final Duration RESTART_TIMEOUT = Duration.ofSeconds(60);

    private static final int ANSWER_PART_BYTES = 8192;

    private static final List<String> SUBCOMMANDS = List.of("status", "lock", "restart", "log-level");

    private Ecryptfsctl() {}

    /** Runs one command and exits: 0 done, 1 the daemon refused or does not run, 2 wrong usage. */
    public static void main(String[] arguments) {
        System.exit(run(ByteText.arguments(arguments).toArray(new String[0])));
    }

    /**
     * Runs one command.
     *
     * @return exit code
     */
    public static int run(String... arguments) {
        CommandLine parser = new CommandLine(grammarFor(arguments)).registerConverter(Path.class, new PathConverter());
        try {
            CommandLine.ParseResult parsed = parser.parseArgs(arguments);
            Integer shown = CommandLine.executeHelpRequest(parsed);
            if (shown != null) {
                return shown;
            }
            if (!parsed.hasSubcommand()) {
                throw new CommandLine.ParameterException(
                        parser, "a command is needed: status, lock, restart or log-level");
            }
            return execute(parsed, parsed.subcommand());
        } catch (CommandLine.ParameterException e) {
            System.err.println("ecryptfsctl: " + e.getMessage());
            System.err.println("Try `ecryptfsctl --help'.");
            return USAGE;
        }
    }

    /** Without the subcommands that the arguments do not name, because preparing each takes time. */
    private static CommandSpec grammarFor(String... arguments) {
        return arguments.length > 0 && SUBCOMMANDS.contains(arguments[0])
                ? grammar(List.of(arguments[0]))
                : grammar(SUBCOMMANDS);
    }

    /** The command line's grammar. */
    public static CommandSpec grammar() {
        return grammar(SUBCOMMANDS);
    }

    private static CommandSpec grammar(List<String> subcommands) {
        CommandSpec spec = command("ecryptfsctl", "Controls the running ecryptfsd of this user.")
                .versionProvider(new DaemonVersion("ecryptfsctl"));
        spec.addOption(OptionSpec.builder("--socket")
                .type(Path.class)
                .paramLabel("<socket>")
                .description("Path of the daemon's control socket (default: the one of this user)")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show version information")
                .build());
        spec.usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(OrderedMaps.texts(
                        "0", "done", "1", "the daemon does not answer, or refused", "2", "wrong usage"));
        subcommands.forEach(name -> spec.addSubcommand(name, subcommand(name)));
        return spec;
    }

    private static CommandSpec subcommand(String name) {
        return switch (name) {
            case "status" -> command(name, "Show the daemon's state: channel, key modules, keys, requests, latencies");
            case "lock" ->
                command(
                                name,
                                "Drop all cached keys and contexts; the next request loads them again. As root, revoke the"
                                        + " keys of all mounts whose keys only the kernel holds: files that it does not have"
                                        + " in its cache cannot be opened until the directory is unmounted and mounted again."
                                        + " With a mount point, revoke the key of that mount only, and drop nothing else")
                        .addPositional(PositionalParamSpec.builder()
                                .index("0")
                                .type(Path.class)
                                .arity("0..1")
                                .paramLabel("<mount-point>")
                                .description(
                                        "Mount point of the mount whose key is revoked (default: all, and cached keys"
                                                + " are dropped)")
                                .build());
            case "restart" ->
                command(
                        name,
                        "Replace the daemon's process by a new one that continues with the channel; no request fails");
            case "log-level" ->
                command(name, "Change the daemon's log level until it ends")
                        .addPositional(PositionalParamSpec.builder()
                                .completionCandidates(Logging.LEVELS)
                                .index("0")
                                .type(String.class)
                                .required(true)
                                .paramLabel("<error|warn|info|debug|trace>")
                                .description("New log level")
                                .build());
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static CommandSpec command(String name, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description);
        spec.addOption(OptionSpec.builder("--json")
                .type(boolean.class)
                .description("JSON output")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show usage information")
                .build());
        return spec;
    }

    private static int execute(CommandLine.ParseResult all, CommandLine.ParseResult command) {
        String name = command.commandSpec().name();
        Path socket = all.matchedOptionValue("--socket", ControlSocketPath.ofThisUser());
        boolean json = all.hasMatchedOption("--json") || command.hasMatchedOption("--json");
        Set<UUID> mounts = Set.of();
        try {
            mounts = chosenMounts(name, command);
            String answer = name.equals("restart") ? restart(socket) : exchange(socket, line(name, command, mounts));
            return show(answer, name.equals("status"), json);
        } catch (RefusedException e) {
            System.err.println("ecryptfsctl: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            System.err.println("ecryptfsctl: no ecryptfsd answers on " + socket + ": " + e.getMessage());
        }
        if (name.equals("lock") && Account.effectiveUid() == 0 && !all.hasMatchedOption("--socket")) {
            return lockWithoutDaemon(Revocation.withoutDaemon(), mounts, json);
        }
        System.err.println(ADVICE);
        return FAILED;
    }

    /** Revokes the keys that the kernel holds, which needs no daemon. */
    static int lockWithoutDaemon(Revocation revocation, Set<UUID> mounts, boolean json) {
        LockResult result;
        try {
            result = revocation.lock(mounts);
        } catch (IOException e) {
            System.err.println("ecryptfsctl: guarded mounts cannot be read: " + e.getMessage());
            return FAILED;
        }
        if (result.revoked().isEmpty() && result.failures().isEmpty()) {
            System.err.println(ADVICE);
            return FAILED;
        }
        return show(text(GuardDocument.revoked(result)), false, json);
    }

    /** The guarded mounts that the command names; none for all. */
    private static Set<UUID> chosenMounts(String name, CommandLine.ParseResult command) throws RefusedException {
        Path mountPoint = name.equals("lock") ? command.matchedPositionalValue(0, (Path) null) : null;
        return mountPoint == null
                ? Set.of()
                : Set.copyOf(GuardedMountSearch.ofThisMachine().ids(mountPoint));
    }

    /** Line that the daemon gets. */
    private static String line(String name, CommandLine.ParseResult command, Set<UUID> mounts) {
        return name.equals("log-level")
                ? name + " " + command.<String>matchedPositionalValue(0, "").toLowerCase(Locale.ROOT)
                : Stream.concat(Stream.of(name), mounts.stream().map(UUID::toString))
                        .collect(Collectors.joining(" "));
    }

    /** Answer of the new process, or the reason why there is none. */
    private static String restart(Path socket) throws IOException {
        String before = pid(exchange(socket, "status"));
        try (RestartWaiter waiter = RestartWaiter.watching(socket)) {
            String answer = exchange(socket, "restart");
            if (JSON.std.mapFrom(answer).containsKey("error")) {
                return answer;
            }
            if (!waiter.await(() -> isRestarted(socket, before), RESTART_TIMEOUT)) {
                throw new IOException("process " + before + " ended for the restart, but no new one answers after "
                        + RESTART_TIMEOUT.toSeconds() + " s. What to do: see the system log");
            }
        }
        return JSON.std.asString(OrderedMaps.of("restarted", before, "pid", pid(exchange(socket, "status")))) + "\n";
    }

    private static boolean isRestarted(Path socket, String before) {
        try {
            return !pid(exchange(socket, "status")).equals(before);
        } catch (IOException e) {
            // The old process has ended, and the new one does not listen yet.
            return false;
        }
    }

    private static String pid(String status) throws IOException {
        return String.valueOf(JSON.std.mapFrom(status).get("pid"));
    }

    private static String exchange(Path socket, String line) throws IOException {
        try (Descriptor connection = UnixStreamSocket.connect(socket)) {
            ByteBuffer request = direct((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (request.hasRemaining()) {
                connection.write(request);
            }
            String answer = readAll(connection);
            if (answer.isBlank()) {
                throw new IOException("the connection was closed without an answer");
            }
            return answer;
        } catch (LinuxException e) {
            throw new IOException(e.errno().description(), e);
        }
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static String readAll(Descriptor connection) throws LinuxException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocateDirect(ANSWER_PART_BYTES);
        while (connection.read(part.clear()) > 0) {
            byte[] bytes = new byte[part.flip().remaining()];
            part.get(bytes);
            answer.writeBytes(bytes);
        }
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static String text(Map<String, Object> tree) {
        try {
            return JSON.std.asString(tree);
        } catch (IOException e) {
            throw new IllegalStateException("parsed JSON cannot be written as JSON", e);
        }
    }

    private static int show(String answer, boolean isStatus, boolean json) {
        Map<String, Object> tree;
        try {
            tree = JSON.std.mapFrom(answer);
        } catch (IOException e) {
            System.err.println("ecryptfsctl: the daemon's answer is not JSON: " + e.getMessage());
            return FAILED;
        }
        if (isStatus && !tree.containsKey("error")) {
            tree.put("kernel_timeout", KernelTimeout.describe(Path.of("/")));
        }
        if (json) {
            System.out.println(text(tree));
        } else if (tree.containsKey("error")) {
            System.err.println("ecryptfsctl: " + tree.get("error"));
        } else {
            System.out.print(StatusText.of(tree));
        }
        return tree.containsKey("error") ? FAILED : 0;
    }
}
