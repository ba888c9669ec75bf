package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.EcryptfsVersion;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Modules;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.command.Version;
import org.ecryptfsj.tools.keys.TokenKeyring;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code mount.ecryptfs}: what mount(8) calls for {@code -t ecryptfs}. Makes tokens of the keys named, asks for what is not
 * said, puts the tokens into the user keyring, and lets mount(8) do the rest (spec mount.md, section 2).
 */
public final class MountEcryptfs implements Command {
    private static final String NAME = "mount.ecryptfs";

    private static final String USAGE =
            """
            \teCryptfs mount helper
            \tusage: mount -t ecryptfs [lower directory] [ecryptfs mount point]

            See the README file in the ecryptfs-utils package for complete usage guidelines.
            """;

    private final TokenKeyring tokenKeyring = new TokenKeyring();
    private final UserKeyring keyring = tokenKeyring.keyring();
    private final Questions questions = new Questions(Terminal.standard());

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Called by mount(8) for file systems of type ecryptfs: makes the key, puts it into your keyring, and mounts."
                        + " What is not given as an option is asked.");
        spec.usageMessage()
                .customSynopsis("mount -t ecryptfs [-o OPTION[,OPTION]...] LOWER-DIRECTORY MOUNT-POINT")
                .footer(MountOptionsText.LINES);
        Grammar.exitCodes(
                spec,
                "0",
                "mounted, or a question whether to go on was answered no",
                "234",
                "wrong option or answer",
                "251",
                "the keyring, tcsd or the input failed",
                "254",
                "not found",
                "255",
                "mount(8) failed");
        return spec.addPositional(Grammar.argument("0", true, "LOWER-DIRECTORY", "Where the encrypted files are"))
                .addPositional(Grammar.argument("1", true, "MOUNT-POINT", "Where they are to be read; may be the same"))
                .addOption(OptionSpec.builder("-o")
                        .type(String.class)
                        .paramLabel("OPTION[,OPTION]...")
                        .description("Options, listed below")
                        .build());
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        if (arguments.contains("--help") || arguments.contains("--version")) {
            Grammar.parse(grammar(), arguments.contains("--help") ? List.of("--help") : List.of("--version"));
            return 0;
        }
        if (arguments.contains("-V")) {
            System.out.println(Version.of(NAME));
            return 0;
        }
        if (arguments.size() < 2) {
            System.err.println("Insufficient number of arguments");
            System.err.print(USAGE);
            return ToolFailure.EINVAL;
        }
        Optional<String> options = optionsIn(arguments.subList(2, arguments.size()));
        if (Stream.of(options.orElse("").split(",")).anyMatch(o -> o.startsWith("remount"))) {
            System.err.println("When remounting eCryptfs, you need to pass the mount utility the -i parameter to avoid"
                    + " calling the mount helper");
            return ToolFailure.EINVAL;
        }
        if (options.isEmpty()) {
            System.err.println("Unable to find a list of options to parse, defaulting to interactive mount");
        }
        Account account = Account.current();
        try (MountRequest request =
                        MountRequest.read(options.orElse(""), account.home().resolve(".ecryptfsrc"));
                KeyModules modules = Modules.discover()) {
            return mount(arguments.get(0), arguments.get(1), request, modules, new SigCache(account.home()));
        }
    }

    /** The lists after each -o, joined. */
    private static Optional<String> optionsIn(List<String> flags) {
        List<String> lists = new ArrayList<>();
        for (int i = 0; i < flags.size(); i++) {
            if (flags.get(i).equals("-o") && i + 1 < flags.size()) {
                lists.add(flags.get(++i));
            } else if (flags.get(i).startsWith("-o")) {
                lists.add(flags.get(i).substring(2));
            }
        }
        return lists.isEmpty() ? Optional.empty() : Optional.of(String.join(",", lists));
    }

    private int mount(String lower, String target, MountRequest request, KeyModules modules, SigCache cache)
            throws ToolFailure, IOException {
        Set<String> ofModules = modules.all().stream()
                .flatMap(m -> m.parameters().stream())
                .flatMap(p -> Stream.concat(Stream.of(p.name()), p.aliases().stream()))
                .collect(Collectors.toSet());
        request.checkNames(ofModules);
        checkPlaces(lower, target, request.has("nonempty"));
        EcryptfsVersion kernel = EcryptfsVersion.current()
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EIO,
                        "the running kernel has no eCryptfs",
                        "load it (modprobe ecryptfs), or use a kernel that has it"));
        tokenKeyring.linkIntoSession();
        Optional<Questions> asked = request.mayAsk() ? Optional.of(questions) : Optional.empty();
        List<AuthTok> tokens = new ArrayList<>();
        List<Signature> added = new ArrayList<>();
        boolean mounted = false;
        try {
            List<Signature> signatures = keys(request, new MountKey(modules, request, asked), tokens);
            List<String> settings = new MountSettings(request, kernel, asked).decide(signatures.get(0));
            add(tokens, added);
            requireKeys(signatures, settings);
            List<String> decided = new ArrayList<>();
            signatures.forEach(s -> decided.add("ecryptfs_sig=" + s));
            decided.addAll(settings);
            boolean checksSigs = asked.isPresent() && !request.has("no_sig_cache");
            if (!announce(decided, signatures, checksSigs ? Optional.of(cache) : Optional.empty())) {
                return 0;
            }
            List<String> all = new ArrayList<>(decided);
            request.forTheKernel(ofModules).stream()
                    .filter(o -> !all.contains(o))
                    .forEach(all::add);
            if (request.has("verbose")) {
                System.err.println(NAME + ": keys added to your keyring: " + added + "; options for mount(8): " + all);
            }
            SystemMount.run(Path.of(lower).toRealPath(), Path.of(target).toRealPath(), all, signatures);
            mounted = true;
            System.out.println("Mounted eCryptfs");
            return 0;
        } finally {
            tokens.forEach(AuthTok::close);
            if (!mounted) {
                for (Signature signature : added) {
                    keyring.unlink(signature);
                }
            }
        }
    }

    private static void checkPlaces(String lower, String target, boolean mayHide) throws ToolFailure, IOException {
        requireDirectory(lower, "the lower directory");
        requireDirectory(target, "the mount point");
        if (mayHide || Files.isSameFile(Path.of(lower), Path.of(target))) {
            return;
        }
        try (Stream<Path> inside = Files.list(Path.of(target))) {
            if (inside.findAny().isPresent()) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "the mount point " + target + " is not empty: the mount would hide what is in it",
                        "empty it, name another one, or say -o nonempty");
            }
        }
    }

    private static void requireDirectory(String path, String what) throws ToolFailure {
        if (!Files.isDirectory(Path.of(path))) {
            boolean exists = Files.exists(Path.of(path));
            throw new ToolFailure(
                    exists ? ToolFailure.EINVAL : ToolFailure.ENOENT,
                    what + " " + path + (exists ? " is not a directory" : " does not exist"),
                    "make it, or name another one");
        }
    }

    /** The signatures of the mount's keys; the tokens made for them go into {@code tokens}. */
    private static List<Signature> keys(MountRequest request, MountKey key, List<AuthTok> tokens)
            throws ToolFailure, IOException {
        Optional<String> known = request.text("sig");
        if (known.isPresent()) {
            return List.of(MountSettings.signature(known.get()));
        }
        List<Option> options = request.options("key");
        if (options.isEmpty()) {
            tokens.add(key.chosen());
        }
        for (Option option : options) {
            tokens.add(key.token(option));
        }
        return tokens.stream().map(AuthTok::signature).toList();
    }

    /** Puts the tokens into the keyring; those that were not there before are listed in {@code added}. */
    private void add(List<AuthTok> tokens, List<Signature> added) throws ToolFailure {
        for (AuthTok token : tokens) {
            if (tokenKeyring.add(token)) {
                added.add(token.signature());
            }
        }
    }

    /** The kernel's own answer to a missing key is "No such file or directory". */
    private void requireKeys(List<Signature> signatures, List<String> settings) throws ToolFailure, IOException {
        List<Signature> needed = new ArrayList<>(signatures);
        for (String setting : settings) {
            if (setting.startsWith("ecryptfs_fnek_sig=")) {
                needed.add(MountSettings.signature(setting.substring(setting.indexOf('=') + 1)));
            }
        }
        for (Signature signature : needed) {
            if (!keyring.hasUsable(signature)) {
                throw new ToolFailure(
                        ToolFailure.ENOENT,
                        "there is no key " + signature + " in your keyring",
                        "add it first (ecryptfs-add-passphrase --fnek adds the key of a passphrase, and the one for its"
                                + " file names), and look with keyctl show @u");
            }
        }
    }

    /**
     * Prints the options, the last decided first, and asks about keys never used before (spec mount.md, sections 2 and 5).
     *
     * @param cache empty if nothing is to be asked
     * @return false if the user does not want to go on
     */
    private boolean announce(List<String> decided, List<Signature> signatures, Optional<SigCache> cache)
            throws ToolFailure, IOException {
        System.out.println("Attempting to mount with the following options:");
        for (int i = decided.size() - 1; i >= 0; i--) {
            System.out.println("  " + decided.get(i));
            if (cache.isPresent()
                    && i < signatures.size()
                    && !SigQuestions.goOn(signatures.get(i), cache.get(), questions)) {
                return false;
            }
        }
        return true;
    }
}
