package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.TerminalEcho;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-rekey}: adds and drops keys of the files of a lower directory; contents are not encrypted again. */
public final class EcryptfsRekey implements Command {
    static final String NAME = "ecryptfs-rekey";
    private static final int SOME_FAILED = 1;
    private static final int USAGE = 2;
    private static final int STANDARD_ERROR = 2;
    private static final String DROP = "--drop";
    private static final String NAMES = "--names";
    private static final String DRY_RUN = "--dry-run";

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Adds and drops keys of the files of a lower directory. Contents are not encrypted again: only headers"
                        + " are changed, so this takes seconds. Keys in your keyring and keys given as options open the"
                        + " files; asks for others. Can be interrupted at any moment: each file opens with the old keys or"
                        + " with the new ones, and a second run completes the first.");
        spec.usageMessage()
                .footer(
                        "",
                        "A key is dropped from a file only if another given key was seen to open the file. A person who had"
                                + " a dropped key can have kept file keys, and backups and snapshots still open with it:"
                                + " only new contents in new files are safe from that person.",
                        "",
                        "The directory can be mounted meanwhile, except for " + NAMES
                                + " and for headers in extended attributes. The mount keeps its keys: files that are"
                                + " created there get these. Mount it again with the new key, and run the command again.",
                        "",
                        "Exit codes: 0 done; 1 some files failed, each reported on standard error; 2 wrong usage; other"
                                + " codes: the directory cannot be used, or a key could not be created.");
        return NewKeys.addTo(KeyOptions.addTo(spec))
                .addOption(Grammar.repeated(
                        String.class, "SIGNATURE", "Signature of a key to drop; can be repeated", DROP))
                .addOption(Grammar.flag(
                        "Names and targets of symbolic links too: encrypted with the new key for names", NAMES))
                .addOption(Grammar.flag("Report of what would be done; nothing is written", DRY_RUN))
                .addOption(Grammar.flag("No progress and no summary", "--quiet"))
                .addOption(Grammar.flag("JSON output of the summary, with the first 1000 failures", "--json"))
                .addPositional(Grammar.argument("0", true, "DIR", "Path of the lower directory"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        ParseResult given = parsed.get();
        FileTrees trees = DescriptorTrees.ofThisProcess();
        try (TreeDirectory from =
                LowerDirectory.open(trees, given.matchedPositionalValue(0, "."), "ecryptfs-stat describes")) {
            TreeMounts mounts = TreeMounts.of(from, trees, MountTable.mounted().ecryptfs());
            KeyOptions options = new KeyOptions(given);
            try (OfflineKeys keys = options.keys()) {
                NewKeys added = NewKeys.read(given, options, keys);
                return rekey(from, plan(given, added, mounts), keys, given);
            }
        }
    }

    private static RekeyPlan plan(ParseResult given, NewKeys added, TreeMounts mounts) throws ToolFailure {
        Set<Signature> dropped = dropped(given, added);
        boolean names = given.hasMatchedOption(NAMES);
        if (added.contents().isEmpty() && dropped.isEmpty()) {
            throw new ToolFailure(
                    USAGE,
                    "nothing to do: no key to add and none to drop",
                    "give --add-wrapped, " + DROP + " or another one of the options in " + NAME + " --help");
        }
        if (names && !mounts.isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "names cannot be changed while the directory is mounted at " + mounts.mountPoint(),
                    "unmount it first, or leave out " + NAMES);
        }
        for (Signature key : dropped) {
            if (mounts.use(key)) {
                System.err.println(NAME + ": note: the mount at " + mounts.mountPoint() + " uses key " + key
                        + ", which is dropped: files cannot be opened there unless it has another of their keys;"
                        + " mount the directory again with the new key");
            }
        }
        return new RekeyPlan(
                added,
                dropped,
                names ? Optional.of(added.forNames()) : Optional.empty(),
                !mounts.isEmpty(),
                given.hasMatchedOption(DRY_RUN));
    }

    private static Set<Signature> dropped(ParseResult given, NewKeys added) throws ToolFailure {
        Set<Signature> dropped = new LinkedHashSet<>();
        for (String text : given.matchedOptionValue(DROP, List.<String>of())) {
            try {
                dropped.add(new Signature(text.toLowerCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new ToolFailure(
                        USAGE, DROP + ": " + e.getMessage(), "ecryptfs-check DIR lists the signatures of a directory");
            }
        }
        for (Signature key : added.contents()) {
            if (dropped.contains(key)) {
                throw new ToolFailure(
                        USAGE, "key " + key + " is to be added and to be dropped", "leave out one of both");
            }
        }
        return dropped;
    }

    private static int rekey(TreeDirectory from, RekeyPlan plan, OfflineKeys keys, ParseResult given)
            throws ToolFailure, IOException {
        boolean quiet = given.hasMatchedOption("--quiet");
        ProgressBar progress = new ProgressBar(!quiet && TerminalEcho.isTerminal(STANDARD_ERROR));
        RekeySummary summary = new RekeySummary(plan);
        try {
            progress.measure(from);
            TreeRekey.run(from, plan, keys, progress, new RekeyReport(progress, summary));
        } finally {
            progress.hide();
        }
        if (given.hasMatchedOption("--json")) {
            JsonOutput.print(summary.json());
        } else if (!quiet) {
            summary.lines().forEach(System.out::println);
        }
        return summary.isComplete() ? 0 : SOME_FAILED;
    }
}
