package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jnr.constants.platform.Errno;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.KernelKeyUnavailableException;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.CommandVersion;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.SecretArguments;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.TokenKeyring;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code mount.ecryptfs}: the mount helper that mount(8) calls for {@code -t ecryptfs}. Creates tokens for the keys,
 * asks for missing options, adds the tokens to the user keyring and calls mount(8) to mount (docs/spec/mount.md,
 * section 2).
 */
public final class MountEcryptfs implements Command {
    static final String NAME = "mount.ecryptfs";

    private static final String USAGE =
            """
            \teCryptfs mount helper
            \tusage: mount -t ecryptfs [lower directory] [ecryptfs mount point]

            See the README file in the ecryptfs-utils package for complete usage guidelines.
            """;

    private static final String ATTEMPTING = "Attempting to mount with the following options:";
    private static final String OPTIONS_FAILED = "Error attempting to evaluate mount options";
    private static final String MOUNT_FAILED = "Error mounting eCryptfs";

    /** Number of exit codes; an exit code is the low byte of a negative error number. */
    private static final int EXIT_CODES = 256;

    private final TokenKeyring tokenKeyring = new TokenKeyring();
    private final Questions questions = new Questions(Terminal.standard());
    private final Optional<EcryptfsVersion> otherKernel;

    /** For the running kernel. */
    public MountEcryptfs() {
        this.otherKernel = Optional.empty();
    }

    /** For another kernel than the running one, for fake mounts ({@code -f}). */
    public MountEcryptfs(EcryptfsVersion kernel) {
        this.otherKernel = Optional.of(kernel);
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "The mount helper that mount(8) calls for file systems of type ecryptfs: creates the key,"
                        + " adds it to your keyring and mounts. Asks for options that are not given.");
        spec.usageMessage()
                .customSynopsis("mount -t ecryptfs [-o OPTION[,OPTION]...] LOWER-DIRECTORY MOUNT-POINT")
                .footer(MountOptionsHelp.LINES);
        Grammar.exitCodes(
                spec,
                "0",
                "mounted, or the answer to a question about the key was no",
                "234",
                "invalid option or answer",
                "251",
                "failure of the keyring, tcsd or the input",
                "254",
                "a file or directory does not exist",
                "255",
                "mount failed");
        return spec.addPositional(Grammar.argument(
                        "0", true, "LOWER-DIRECTORY", "Path of the directory with" + " the encrypted files"))
                .addPositional(Grammar.argument(
                        "1", true, "MOUNT-POINT", "Path of the mount point; may be" + " the same directory"))
                .addOption(OptionSpec.builder("-o")
                        .type(String.class)
                        .paramLabel("OPTION[,OPTION]...")
                        .description("Mount options, see below")
                        .build());
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        SecretArguments.hide().ifPresent(System.err::println);
        if (arguments.contains("--help") || arguments.contains("--version")) {
            Grammar.parse(grammar(), arguments.contains("--help") ? List.of("--help") : List.of("--version"));
            return 0;
        }
        if (arguments.contains("-V")) {
            System.out.println(CommandVersion.of(NAME));
            return 0;
        }
        Optional<MountArguments> call = MountArguments.read(arguments);
        if (call.isEmpty()) {
            System.err.println("Insufficient number of arguments");
            System.err.print(USAGE);
            return ToolFailure.EINVAL;
        }
        if (call.get().isRemount()) {
            System.err.println("When remounting eCryptfs, you need to pass the mount utility the -i parameter to avoid"
                    + " calling the mount helper");
            return ToolFailure.EINVAL;
        }
        if (call.get().options().isEmpty()) {
            System.err.println("Unable to find a list of options to parse, defaulting to interactive mount");
        }
        return mount(call.get(), Account.current().home());
    }

    private int mount(MountArguments call, Path home) throws ToolFailure {
        String operation = OPTIONS_FAILED;
        try (MountRequest request = MountRequest.read(call.options().orElse(""), home.resolve(".ecryptfsrc"));
                KeyModules modules = InstalledKeyModules.discover()) {
            Set<String> parameters = parameterNames(modules);
            request.checkNames(parameters);
            boolean byKeyFile = KeyFileMount.isRequested(request);
            if (byKeyFile) {
                KernelKeys.requireRoot(KeyFileMount.OPTION);
            } else if (request.has(KernelKeys.OPTION)) {
                KernelKeys.requireRoot(KernelKeys.OPTION);
            }
            operation = MOUNT_FAILED;
            MountPaths paths =
                    MountPaths.check(call.lower(), call.target(), MountTable.mounted(), request.has("nonempty"));
            EcryptfsVersion kernel = otherKernel.isPresent() ? otherKernel.get() : KernelFeatures.current();
            if (byKeyFile) {
                return mountKeyFile(call, request, paths, modules, kernel);
            }
            tokenKeyring.linkIntoSession();
            operation = OPTIONS_FAILED;
            Optional<Questions> asked = request.mayAsk() ? Optional.of(questions) : Optional.empty();
            MountKeyResolver key = new MountKeyResolver(modules, request, asked);
            try (MountPlan plan = MountPlan.decide(request, key, kernel, tokenKeyring.keyring(), asked)) {
                operation = MOUNT_FAILED;
                List<AuthTok.Password> kernelKeys = request.has(KernelKeys.OPTION) ? KernelKeys.of(plan) : List.of();
                plan.requireKeys(tokenKeyring.keyring());
                List<String> options = options(plan, request, parameters);
                SignatureCache cache = new SignatureCache(home);
                boolean mounted = false;
                try {
                    mounted = confirm(plan, request, cache)
                            && (kernelKeys.isEmpty()
                                    ? new TokenMount(tokenKeyring, call, paths).mount(plan, options)
                                    : mountWithKernelKeys(call, kernelKeys, paths, options));
                } finally {
                    if (!mounted) {
                        cache.removeAppended();
                    }
                }
                return 0;
            }
        } catch (ToolFailure e) {
            throw withCLine(operation, e);
        } catch (IOException e) {
            throw withCLine(operation, new ToolFailure(ToolFailure.EIO, e.getMessage(), ""));
        }
    }

    /** Prints the line of the C helper first, because scripts search for it. */
    private static ToolFailure withCLine(String operation, ToolFailure failure) {
        int errno = EXIT_CODES - failure.code();
        System.out.flush();
        System.err.println(
                operation + ": [-" + errno + "] " + Errno.valueOf(errno).description());
        return failure;
    }

    private static Set<String> parameterNames(KeyModules modules) {
        return modules.all().stream()
                .flatMap(m -> m.parameters().stream())
                .flatMap(p -> Stream.concat(Stream.of(p.name()), p.aliases().stream()))
                .collect(Collectors.toSet());
    }

    /**
     * Prints the options in reverse order and asks about keys that were never used before (docs/spec/mount.md,
     * sections 2 and 5).
     *
     * @return false if the user cancels the mount
     */
    private boolean confirm(MountPlan plan, MountRequest request, SignatureCache cache)
            throws ToolFailure, IOException {
        boolean checksSignatures = request.mayAsk() && !request.has("no_sig_cache");
        System.out.println(ATTEMPTING);
        for (int i = plan.decided().size() - 1; i >= 0; i--) {
            System.out.println("  " + plan.decided().get(i));
            if (checksSignatures
                    && i < plan.signatures().size()
                    && !NewSignatureQuestions.confirm(plan.signatures().get(i), cache, questions)) {
                return false;
            }
        }
        return true;
    }

    /** The decided options, then the user's further options for the kernel. */
    private static List<String> options(MountPlan plan, MountRequest request, Set<String> moduleParameters) {
        Set<String> options = new LinkedHashSet<>(plan.decided());
        options.addAll(request.kernelOptions(moduleParameters));
        return List.copyOf(options);
    }

    private static boolean mountWithKernelKeys(
            MountArguments call, List<AuthTok.Password> keys, MountPaths paths, List<String> options)
            throws ToolFailure, IOException {
        try {
            GuardedMounting mounting = new GuardedMounting(
                    GuardedMounts.ofThisMachine(), paths, options, GuardedMounting.Origin.passphrase());
            return !KernelKeys.mount(call, keys, mounting).isEmpty();
        } catch (KernelKeyUnavailableException e) {
            throw KernelKeys.unavailable(
                    e,
                    "leave out " + KernelKeys.OPTION
                            + ": the key is then a token, which processes of this user can read");
        }
    }

    /** A key file decides everything else: nothing is asked but what unlocks it. */
    private int mountKeyFile(
            MountArguments call, MountRequest request, MountPaths paths, KeyModules modules, EcryptfsVersion kernel)
            throws ToolFailure, IOException {
        try (KeyFileMount keyFile = KeyFileMount.open(request, modules, kernel)) {
            List<String> options = options(keyFile.plan(), request, parameterNames(modules));
            System.out.println(ATTEMPTING);
            options.forEach(option -> System.out.println("  " + option));
            GuardedMounting mounting =
                    new GuardedMounting(GuardedMounts.ofThisMachine(), paths, options, keyFile.origin());
            try {
                KernelKeys.mount(call, keyFile.keys(), mounting);
                keyFile.origin()
                        .watched()
                        .flatMap(watched -> GuardNotice.of(watched, paths.target()))
                        .ifPresent(notice -> System.err.println(NAME + ": " + notice));
            } catch (KernelKeyUnavailableException e) {
                if (!request.has(KeyFileMount.READABLE_KEY)) {
                    throw KernelKeys.unavailable(
                            e,
                            "use a kernel with encrypted keys (CONFIG_ENCRYPTED_KEYS), or add the option "
                                    + KeyFileMount.READABLE_KEY
                                    + ": the key is then a token, which processes of root can read");
                }
                tokenKeyring.linkIntoSession();
                new TokenMount(tokenKeyring, call, paths).mount(keyFile.plan(), options);
            }
            if (!call.isFake()) {
                keyFile.renew();
            }
        }
        return 0;
    }
}
