package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.TreeListing.Format;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-decrypt}: decrypts the contents and names of a lower directory without a mount. */
public final class EcryptfsDecrypt implements Command {
    static final String NAME = "ecryptfs-decrypt";
    private static final String LIKE = "--like";
    private static final int SOME_FAILED = 1;
    private static final int USAGE = 2;
    private static final String FOR_ROOT =
            "For root, only root may be able to replace OUT: it must be below directories of"
                    + " root, or a new directory in /tmp. During the run only root can enter it."
                    + " At the end it gets its previous owner or, if it is new, the owner"
                    + " of DIR. Setuid and setgid bits are not restored.";
    private static final String ELSEWHERE =
            "A name that the file system of OUT cannot have is written with %%HH for each byte"
                    + " that is not possible, and ~N is added to a name that differs from another one only in the case of letters."
                    + " Owners are not preserved.";

    private final Platform platform;

    /** The command on Linux. */
    public EcryptfsDecrypt() {
        this(LinuxPlatform.INSTANCE);
    }

    /** The command on a platform. */
    public EcryptfsDecrypt(Platform platform) {
        this.platform = platform;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Decrypts a lower directory without a mount and without eCryptfs in the kernel: contents,"
                        + " names and symbolic links. Preserves modes and times"
                        + (platform.isNative() ? " and, for root, owners. " : ". ") + KeyOptions.sources(platform)
                        + " A second run decrypts files that are missing or changed.");
        spec.usageMessage()
                .footer(
                        "",
                        "OUT contains additional files: " + DecryptionRecord.NAME + " lists the completed"
                                + " files for the next run, " + PartialFiles.NAME + " and names that begin with it"
                                + " are the files being written.",
                        "",
                        platform.isNative() ? FOR_ROOT : ELSEWHERE,
                        "",
                        "With --salvage an entry whose name cannot be decrypted keeps its encrypted name. Files that lack"
                                + " something are reported, counted, and written again by the next run.",
                        "",
                        "Exit codes: 0 done; 1 some files could not be decrypted, each reported on standard"
                                + " error (--json lists the first 1000), or no space is left; 2 wrong usage;"
                                + " other codes: a key could not be created.");
        return ThreadOption.addTo(Salvage.addTo(KeyOptions.addTo(spec, platform)))
                .addOption(Grammar.option(
                        String.class,
                        "COPY",
                        "Path of an older copy of DIR, with the headers of files whose own header is gone; needs --salvage",
                        LIKE))
                .addOption(Grammar.flag("List of the decrypted names only; nothing is written", "--list"))
                .addOption(Grammar.flag("Copy of non-eCryptfs files, unchanged", "--passthrough"))
                .addOption(Grammar.flag("Overwriting of files that this program did not write", "--force"))
                .addOption(Grammar.flag("No progress and no summary", "--quiet"))
                .addOption(Grammar.flag("JSON output of the summary or the list", "--json"))
                .addPositional(Grammar.argument("0", true, "DIR", "Path of the lower directory"))
                .addPositional(Grammar.argument(
                        "1", false, "OUT", "Path of the output directory; created if" + " it does not exist"));
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
                    USAGE, list ? "--list does not use OUT" : "OUT is missing", "see " + NAME + " --help");
        }
        FileTrees trees = platform.trees();
        try (TreeDirectory from =
                LowerDirectory.open(trees, given.matchedPositionalValue(0, "."), "ecryptfs-cat decrypts")) {
            return list ? list(from, given) : decrypt(trees, from, to.get(), given);
        }
    }

    private int list(TreeDirectory from, ParseResult given) throws ToolFailure, IOException {
        boolean json = given.hasMatchedOption("--json");
        Format lines = platform.isTerminal(Platform.STANDARD_OUTPUT) ? Format.QUOTED : Format.RAW;
        boolean keepsNames = Salvage.of(given).isPresent();
        DecryptionSummary summary = new DecryptionSummary();
        try (OfflineKeys keys = new KeyOptions(given, platform).keys()) {
            new TreeListing(keys, json ? Format.JSON : lines, keepsNames, summary).run(from);
        }
        return summary.isComplete() ? 0 : SOME_FAILED;
    }

    private int decrypt(FileTrees trees, TreeDirectory from, String to, ParseResult given)
            throws ToolFailure, IOException {
        Optional<Salvage> salvage = Salvage.of(given);
        Optional<String> like = Grammar.text(given, LIKE);
        if (like.isEmpty()) {
            return decrypt(trees, from, to, given, options(given, salvage, Optional.empty()));
        }
        if (salvage.isEmpty()) {
            throw new ToolFailure(USAGE, LIKE + " needs --salvage", "give both");
        }
        try (TreeDirectory copy = LowerDirectory.open(trees, like.get(), "ecryptfs-cat decrypts")) {
            return decrypt(trees, from, to, given, options(given, salvage, Optional.of(new HeaderCopies(copy))));
        }
    }

    private static DecryptionOptions options(
            ParseResult given, Optional<Salvage> salvage, Optional<HeaderCopies> headers) throws ToolFailure {
        return new DecryptionOptions(
                given.hasMatchedOption("--force"),
                given.hasMatchedOption("--passthrough"),
                salvage,
                headers,
                ThreadOption.of(given));
    }

    private int decrypt(FileTrees trees, TreeDirectory from, String to, ParseResult given, DecryptionOptions options)
            throws ToolFailure, IOException {
        boolean quiet = given.hasMatchedOption("--quiet");
        boolean json = given.hasMatchedOption("--json");
        DecryptionSummary summary = new DecryptionSummary();
        long attributesNotKept = 0;
        ProgressBar progress = new ProgressBar(!quiet && platform.isTerminal(Platform.STANDARD_ERROR));
        try (OfflineKeys keys = new KeyOptions(given, platform).keys();
                OutputTree output = OutputTree.open(trees, ByteText.encode(to), from, options.force())) {
            try {
                progress.measure(from);
                TreeDecryption.run(from, output, options, keys, new DecryptionReport(progress, summary));
            } finally {
                attributesNotKept = output.attributesNotKept();
                output.restoreOwner();
            }
        } finally {
            progress.hide();
            if (json) {
                JsonOutput.print(summary.json(attributesNotKept));
            } else if (!quiet) {
                System.err.println(summary.text());
            }
            if (attributesNotKept > 0) {
                System.err.println(NAME + ": cannot set owner, mode or time of " + attributesNotKept
                        + " files: the file system of the output does not support it, or this user has no permission");
            }
        }
        return summary.isComplete() ? 0 : SOME_FAILED;
    }
}
