package org.ecryptfsj.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code ecryptfsctl}: asks a running daemon how it is, has it drop its keys or restart, or changes what it logs. */
public final class Ecryptfsctl {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** A successor starts in a second; on a machine that is busy booting it may take longer. */
    private static final Duration LONGEST_RESTART = Duration.ofSeconds(60);

    private Ecryptfsctl() {}

    /** Runs one command and exits: 0 done, 1 the daemon refused or is not there, 2 wrong usage. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        CommandLine parser = new CommandLine(grammar());
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
            return ask(parsed, parsed.subcommand());
        } catch (CommandLine.ParameterException e) {
            System.err.println("ecryptfsctl: " + e.getMessage());
            System.err.println("Try `ecryptfsctl --help'.");
            return USAGE;
        }
    }

    /** The command line's grammar. */
    public static CommandSpec grammar() {
        CommandSpec status =
                command("status", "Show what the daemon does: channel, modules, keys, requests, latencies");
        CommandSpec lock = command("lock", "Drop every cached key and context; the next request sets them up again");
        CommandSpec restart = command(
                "restart",
                "Replace the daemon's process by a new one that goes on with the channel: no request fails, nothing is lost");
        CommandSpec level = command("log-level", "Change how much the daemon logs, until it ends");
        level.addPositional(PositionalParamSpec.builder()
                .completionCandidates(Logging.LEVELS)
                .index("0")
                .type(String.class)
                .required(true)
                .paramLabel("<error|warn|info|debug|trace>")
                .description("The new level")
                .build());
        CommandSpec spec = command("ecryptfsctl", "Talks to a running ecryptfsd of this user.")
                .versionProvider(() -> Version.lines("ecryptfsctl"));
        spec.addOption(OptionSpec.builder("--socket")
                .type(Path.class)
                .paramLabel("<socket>")
                .description("The daemon's control socket (default: the one of this user)")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show version information")
                .build());
        spec.usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(Ordered.texts("0", "done", "1", "no daemon answers, or it refused", "2", "wrong usage"));
        spec.addSubcommand("status", status);
        spec.addSubcommand("lock", lock);
        spec.addSubcommand("restart", restart);
        spec.addSubcommand("log-level", level);
        return spec;
    }

    private static CommandSpec command(String name, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description);
        spec.addOption(OptionSpec.builder("--json")
                .type(boolean.class)
                .description("Print the answer as JSON")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show usage information")
                .build());
        return spec;
    }

    private static int ask(CommandLine.ParseResult all, CommandLine.ParseResult command) {
        String name = command.commandSpec().name();
        String line = name.equals("log-level")
                ? name + " " + command.<String>matchedPositionalValue(0, "").toLowerCase(Locale.ROOT)
                : name;
        Path socket = all.matchedOptionValue("--socket", ControlAddress.ofThisUser());
        String answer;
        try {
            answer = name.equals("restart") ? restart(socket) : exchange(socket, line);
        } catch (IOException e) {
            System.err.println("ecryptfsctl: no ecryptfsd answers on " + socket + ": " + e.getMessage());
            System.err.println(
                    "  What to do: start ecryptfsd, run ecryptfsctl as the daemon's user, or name its socket with --socket");
            return FAILED;
        }
        boolean json = all.hasMatchedOption("--json") || command.hasMatchedOption("--json");
        return show(answer, name.equals("status"), json);
    }

    /** What the successor says once it answers, or why there is none. */
    private static String restart(Path socket) throws IOException {
        String before = pid(exchange(socket, "status"));
        try (Successor successor = Successor.expectedAt(socket)) {
            String answer = exchange(socket, "restart");
            if (JSON.std.mapFrom(answer).containsKey("error")) {
                return answer;
            }
            if (!successor.await(() -> isAnother(socket, before), LONGEST_RESTART)) {
                throw new IOException("process " + before + " made room, but no successor answers after "
                        + LONGEST_RESTART.toSeconds() + " s; the system log may say why");
            }
        }
        return JSON.std.asString(Ordered.of("restarted", before, "pid", pid(exchange(socket, "status")))) + "\n";
    }

    private static boolean isAnother(Path socket, String before) {
        try {
            return !pid(exchange(socket, "status")).equals(before);
        } catch (IOException e) {
            // Not yet: the old one is gone, or the new one has not begun to listen.
            return false;
        }
    }

    private static String pid(String status) throws IOException {
        return String.valueOf(JSON.std.mapFrom(status).get("pid"));
    }

    private static String exchange(Path socket, String line) throws IOException {
        try (UnixSocketChannel channel = UnixSocketChannel.open(new UnixSocketAddress(socket.toString()))) {
            Channels.newOutputStream(channel).write((line + "\n").getBytes(StandardCharsets.UTF_8));
            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            if (answer.isBlank()) {
                throw new IOException("the connection was closed without an answer");
            }
            return answer;
        }
    }

    private static String text(Map<String, Object> tree) {
        try {
            return JSON.std.asString(tree);
        } catch (IOException e) {
            throw new IllegalStateException("what came from JSON is no JSON any more", e);
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
