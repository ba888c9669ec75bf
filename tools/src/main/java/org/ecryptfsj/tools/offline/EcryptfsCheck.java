package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CheckSummary.Depth;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.TreeDirectory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-check}: checks a lower directory without a mount and without a change. Needs no key. */
public final class EcryptfsCheck implements Command {
    static final String NAME = "ecryptfs-check";
    private static final int NOT_SOUND = 1;
    private static final int USAGE = 2;
    private static final String KEYRING = "--keyring";
    private static final String READ = "--read";

    private final Platform platform;

    /** The command on Linux. */
    public EcryptfsCheck() {
        this(LinuxPlatform.INSTANCE);
    }

    /** The command on a platform. */
    public EcryptfsCheck(Platform platform) {
        this.platform = platform;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Checks a lower directory without a mount and without eCryptfs in the kernel; changes nothing. Without"
                        + " a key: headers, sizes, names, and which keys open how many files. With a key it also"
                        + " opens names and file keys. Each finding is a line on standard error, the summary is on"
                        + " standard output.");
        spec.usageMessage()
                .footer(
                        "",
                        "eCryptfs does not authenticate contents: a changed extent decrypts to other bytes and is not"
                                + " found. " + READ + " finds what cannot be read. File keys of key modules have a"
                                + " checksum. File keys of passphrases have none; their check is that the last extent is"
                                + " filled with zeros behind the end of the contents.",
                        "",
                        "Notes are findings that do no harm: temporary files, and flags that the kernel ignores.",
                        "",
                        "Exit codes: 0 sound; 1 not sound; 2 wrong usage; other codes: the directory cannot be read, or a"
                                + " key could not be created.");
        ThreadOption.addTo(KeyOptions.addTo(spec, platform));
        if (platform.isNative()) {
            spec.addOption(Grammar.flag("Keys of your keyring; also used when another option gives a key", KEYRING));
        }
        return spec.addOption(Grammar.flag("Decryption of all contents; needs a key", READ))
                .addOption(Grammar.flag("Acceptance of files without an eCryptfs header", "--passthrough"))
                .addOption(Grammar.flag("No progress and no summary", "--quiet"))
                .addOption(Grammar.flag("JSON output of the summary, with the first 1000 findings", "--json"))
                .addPositional(Grammar.argument("0", true, "DIR", "Path of the lower directory"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        ParseResult given = parsed.get();
        KeyOptions options = new KeyOptions(given, platform);
        boolean withKeys = options.areGiven() || given.hasMatchedOption(KEYRING);
        boolean read = given.hasMatchedOption(READ);
        if (read && !withKeys) {
            throw new ToolFailure(
                    USAGE,
                    READ + " needs a key",
                    "give a key, such as --passphrase" + (platform.isNative() ? ", or " + KEYRING : ""));
        }
        CheckSummary summary = new CheckSummary(read ? Depth.CONTENTS : withKeys ? Depth.KEYS : Depth.HEADERS);
        try (TreeDirectory from = LowerDirectory.open(
                platform.trees(), given.matchedPositionalValue(0, "."), "ecryptfs-stat describes")) {
            if (withKeys) {
                try (OfflineKeys keys = options.keysWithoutQuestion()) {
                    check(from, Optional.of(keys), given, summary);
                }
            } else {
                check(from, Optional.empty(), given, summary);
            }
        }
        return summary.isSound() ? 0 : NOT_SOUND;
    }

    private void check(TreeDirectory from, Optional<OfflineKeys> keys, ParseResult given, CheckSummary summary)
            throws ToolFailure, IOException {
        boolean quiet = given.hasMatchedOption("--quiet");
        ProgressBar progress = new ProgressBar(!quiet && platform.isTerminal(Platform.STANDARD_ERROR));
        CheckReport report = new CheckReport(progress, summary);
        FileCheck.Options options =
                new FileCheck.Options(given.hasMatchedOption(READ), given.hasMatchedOption("--passthrough"));
        try (OrderedTasks tasks = new OrderedTasks(ThreadOption.of(given))) {
            progress.measure(from);
            new TreeCheck(keys, options, tasks, report).run(from);
        } finally {
            progress.hide();
        }
        if (given.hasMatchedOption("--json")) {
            JsonOutput.print(summary.json());
        } else if (!quiet) {
            summary.lines().forEach(System.out::println);
        }
    }
}
