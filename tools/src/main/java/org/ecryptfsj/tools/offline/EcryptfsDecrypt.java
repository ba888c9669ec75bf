package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.TerminalEcho;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Json;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.TreeListing.Form;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-decrypt}: decrypts a lower directory, contents and names, without a mount. */
public final class EcryptfsDecrypt implements Command {
    private static final String NAME = "ecryptfs-decrypt";
    private static final int SOME_FAILED = 1;
    private static final int USAGE = 2;
    private static final int STANDARD_OUTPUT = 1;
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
                        "For root, OUT must be where only root can exchange it: below directories of root's, or a new one in"
                                + " /tmp. Until the end nobody else can enter it; then it is given to the owner that it had,"
                                + " or if it was made, to DIR's. Setuid and setgid bits are not restored.",
                        "",
                        "Exit codes: 0 done; 1 some files could not be decrypted, each told on standard error (--json keeps the"
                                + " first 1000), or no space is left; 2 wrong usage; else a key could not be made.");
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
        boolean list = given.hasMatchedOption("--list");
        Optional<String> to = Optional.ofNullable(given.matchedPositionalValue(1, (String) null));
        if (list == to.isPresent()) {
            throw new ToolFailure(
                    USAGE,
                    list ? "--list writes nothing, but OUT is given" : "OUT is missing",
                    "see " + NAME + " --help");
        }
        FileTrees trees = DescriptorTrees.ofThisProcess();
        try (TreeDirectory from = from(trees, given.matchedPositionalValue(0, "."))) {
            return list ? list(from, given) : decrypt(trees, from, to.get(), given);
        }
    }

    private static TreeDirectory from(FileTrees trees, String name) throws ToolFailure {
        byte[] path = ByteText.encode(name);
        try {
            return trees.directory(path);
        } catch (TreeException e) {
            boolean noDirectory = e.reason() == Reason.NOT_FOUND || e.reason() == Reason.NOT_A_DIRECTORY;
            throw new ToolFailure(
                    ToolFailure.ENOENT,
                    FileName.printable(path)
                            + (noDirectory ? " is no directory" : " cannot be read: " + e.getMessage()),
                    "name a lower directory; ecryptfs-cat reads single files");
        }
    }

    private static int list(TreeDirectory from, ParseResult given) throws ToolFailure, IOException {
        boolean json = given.hasMatchedOption("--json");
        Form lines = TerminalEcho.isTerminal(STANDARD_OUTPUT) ? Form.QUOTED : Form.RAW;
        Outcome outcome = new Outcome();
        try (OfflineKeys keys = new KeyOptions(given).keys()) {
            new TreeListing(keys, json ? Form.JSON : lines, outcome).run(from);
        }
        return outcome.isComplete() ? 0 : SOME_FAILED;
    }

    private static int decrypt(FileTrees trees, TreeDirectory from, String to, ParseResult given)
            throws ToolFailure, IOException {
        boolean quiet = given.hasMatchedOption("--quiet");
        boolean json = given.hasMatchedOption("--json");
        TreeDecryption.Rules rules =
                new TreeDecryption.Rules(given.hasMatchedOption("--force"), given.hasMatchedOption("--passthrough"));
        Outcome outcome = new Outcome();
        long notKept = 0;
        Progress progress = new Progress(!quiet && TerminalEcho.isTerminal(STANDARD_ERROR));
        try (OfflineKeys keys = new KeyOptions(given).keys();
                OutputTree output = OutputTree.open(trees, ByteText.encode(to), from, rules.force())) {
            try {
                progress.measure(from);
                new TreeDecryption(output, rules, keys, progress, outcome).run(from);
            } finally {
                notKept = output.notKept();
                output.handOver();
            }
        } finally {
            progress.hide();
            if (json) {
                Json.print(outcome.json(notKept));
            } else if (!quiet) {
                System.err.println(outcome.text());
            }
            if (notKept > 0) {
                System.err.println(NAME + ": owner, mode or time of " + notKept
                        + " files could not be kept: the output's file system, or this user, cannot set them");
            }
        }
        return outcome.isComplete() ? 0 : SOME_FAILED;
    }
}
