package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.TerminalEcho;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Json;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-decrypt}: decrypts a lower directory, contents and names, without a mount. */
public final class EcryptfsDecrypt implements Command {
    private static final String NAME = "ecryptfs-decrypt";
    private static final int SOME_FAILED = 1;
    private static final int USAGE = 2;
    private static final int STANDARD_ERROR = 2;

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Decrypts a lower directory without a mount and without eCryptfs in the kernel: contents, names and symlinks;"
                        + " modes and times are kept, and for root owners. Keys that are in your keyring are used; others are"
                        + " given as options, or asked for. A second run does what is missing or has changed.");
        spec.usageMessage()
                .footer(
                        "",
                        "OUT gets two files of its own: " + DecryptionRecord.NAME
                                + " tells the next run what is complete, " + PartFile.NAME
                                + " is what is being written.",
                        "",
                        "Exit codes: 0 done; 1 some files could not be decrypted, each told on standard error, or no space is"
                                + " left; 2 wrong usage; else a key could not be made.");
        return KeyOptions.addTo(spec)
                .addOption(Grammar.flag("Print the decrypted names, and write nothing", "--list"))
                .addOption(Grammar.flag("Copy files that are none of eCryptfs as they are", "--passthrough"))
                .addOption(Grammar.flag("Overwrite files that this program did not write", "--force"))
                .addOption(Grammar.flag("Show no progress and no summary", "--quiet"))
                .addOption(Grammar.flag("Print the summary, or the list, as JSON", "--json"))
                .addPositional(Grammar.argument("0", true, "DIR", "The lower directory"))
                .addPositional(Grammar.argument("1", false, "OUT", "Where to write; made if it does not exist"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        ParseResult given = parsed.get();
        Path from = ByteText.path(given.matchedPositionalValue(0, "."));
        if (!Files.isDirectory(from)) {
            throw new ToolFailure(
                    ToolFailure.ENOENT,
                    from + " is no directory",
                    "name a lower directory; ecryptfs-cat reads single files");
        }
        boolean list = given.hasMatchedOption("--list");
        Optional<String> to = Optional.ofNullable(given.matchedPositionalValue(1, (String) null));
        if (list == to.isPresent()) {
            throw new ToolFailure(
                    USAGE,
                    list ? "--list writes nothing, but OUT is given" : "OUT is missing",
                    "see " + NAME + " --help");
        }
        return list ? list(from, given) : decrypt(from, ByteText.path(to.get()), given);
    }

    private static int list(Path from, ParseResult given) throws ToolFailure, IOException {
        boolean json = given.hasMatchedOption("--json");
        Outcome outcome = new Outcome();
        try (OfflineKeys keys = new KeyOptions(given).keys()) {
            TreeListing listing = new TreeListing(from, keys, !json, outcome);
            listing.run();
            if (json) {
                Map<String, Object> tree = new LinkedHashMap<>();
                tree.put("entries", listing.entries());
                tree.put("failures", outcome.json().get("failures"));
                Json.print(tree);
            }
        }
        return outcome.isComplete() ? 0 : SOME_FAILED;
    }

    private static int decrypt(Path from, Path to, ParseResult given) throws ToolFailure, IOException {
        boolean quiet = given.hasMatchedOption("--quiet");
        boolean json = given.hasMatchedOption("--json");
        Outcome outcome = new Outcome();
        Progress progress = new Progress(!quiet && TerminalEcho.isTerminal(STANDARD_ERROR));
        try (OfflineKeys keys = new KeyOptions(given).keys();
                DecryptionRecord record = DecryptionRecord.open(output(from, to))) {
            TreeDecryption.Rules rules = new TreeDecryption.Rules(
                    given.hasMatchedOption("--force"),
                    given.hasMatchedOption("--passthrough"),
                    Account.effectiveUid() == 0);
            progress.measure(from);
            new TreeDecryption(from, to.toRealPath(), rules, keys, record, progress, outcome).run();
        } finally {
            progress.hide();
            if (json) {
                Json.print(outcome.json());
            } else if (!quiet) {
                System.err.println(outcome.text());
            }
        }
        return outcome.isComplete() ? 0 : SOME_FAILED;
    }

    /** The output directory, made if need be. */
    private static Path output(Path from, Path to) throws ToolFailure, IOException {
        if (!Files.exists(to)) {
            Files.createDirectories(
                    to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path lower = from.toRealPath();
        Path output = to.toRealPath();
        if (output.startsWith(lower) || lower.startsWith(output)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    to + " and " + from + " lie in each other",
                    "name an output directory outside the lower directory");
        }
        return output;
    }
}
