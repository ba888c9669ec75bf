package org.ecryptfsj.tools.mount;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.EcryptfsVersion;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Modules;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.command.Version;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code mount.ecryptfs}: what mount(8) calls for {@code -t ecryptfs}. Makes tokens of the keys named, puts them into the user
 * keyring, and lets mount(8) do the rest (spec mount.md, section 2).
 */
public final class MountEcryptfs implements Command {
    private static final String NAME = "mount.ecryptfs";
    private static final String SYSTEM_MOUNT = "/bin/mount";

    private static final String USAGE =
            """
            \teCryptfs mount helper
            \tusage: mount -t ecryptfs [lower directory] [ecryptfs mount point]

            See the README file in the ecryptfs-utils package for complete usage guidelines.
            """;

    private final UserKeyring keyring = new UserKeyring();

    /** What was decided: in the order of the decisions, as the kernel is told. */
    private record Plan(List<Signature> signatures, List<String> decided) {}

    @Override
    public CommandSpec grammar() {
        return Grammar.of(
                NAME,
                "Called by mount(8) for file systems of type ecryptfs: makes the key, puts it into your keyring, and mounts.");
    }

    @Override
    public int run(List<String> arguments) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            System.out.print(USAGE);
            return 0;
        }
        if (arguments.contains("--version") || arguments.contains("-V")) {
            System.out.println(Version.of(NAME));
            return 0;
        }
        if (arguments.size() < 2) {
            System.err.println("Insufficient number of arguments");
            System.err.print(USAGE);
            return ToolFailure.EINVAL;
        }
        String options = optionsIn(arguments.subList(2, arguments.size()));
        if (Stream.of(options.split(",")).anyMatch(o -> o.startsWith("remount"))) {
            System.err.println("When remounting eCryptfs, you need to pass the mount utility the -i parameter to avoid"
                    + " calling the mount helper");
            return ToolFailure.EINVAL;
        }
        try {
            Account account = Account.current();
            try (MountRequest request =
                            MountRequest.read(options, account.home().resolve(".ecryptfsrc"));
                    KeyModules modules = Modules.discover()) {
                return mount(arguments.get(0), arguments.get(1), request, modules, new SigCache(account.home()));
            }
        } catch (ToolFailure e) {
            return e.report(NAME);
        } catch (IOException e) {
            return new ToolFailure(ToolFailure.EIO, e.getMessage(), "").report(NAME);
        }
    }

    /** The lists after each -o, joined. */
    private static String optionsIn(List<String> flags) {
        List<String> lists = new ArrayList<>();
        for (int i = 0; i < flags.size(); i++) {
            if (flags.get(i).equals("-o") && i + 1 < flags.size()) {
                lists.add(flags.get(++i));
            } else if (flags.get(i).startsWith("-o")) {
                lists.add(flags.get(i).substring(2));
            }
        }
        return String.join(",", lists);
    }

    private int mount(String lower, String target, MountRequest request, KeyModules modules, SigCache cache)
            throws ToolFailure, IOException {
        requireDirectory(lower, "the lower directory");
        requireDirectory(target, "the mount point");
        Optional<EcryptfsVersion> kernel = EcryptfsVersion.current();
        if (kernel.isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "the running kernel has no eCryptfs",
                    "load it (modprobe ecryptfs), or use a kernel that has it");
        }
        link();
        List<String> settings = settings(request);
        Set<String> ofModules = modules.all().stream()
                .flatMap(m -> m.parameters().stream())
                .flatMap(p -> Stream.concat(Stream.of(p.name()), p.aliases().stream()))
                .collect(Collectors.toSet());
        List<Signature> added = new ArrayList<>();
        boolean mounted = false;
        try {
            Plan plan = plan(request, modules, settings, added);
            if (!announce(plan, request.has("no_sig_cache") ? Optional.empty() : Optional.of(cache))) {
                return 0;
            }
            List<String> all = new ArrayList<>(plan.decided());
            request.forTheKernel(ofModules).stream()
                    .filter(o -> !all.contains(o))
                    .forEach(all::add);
            runMount(Path.of(lower).toRealPath(), Path.of(target).toRealPath(), all, plan);
            mounted = true;
            System.out.println("Mounted eCryptfs");
            return 0;
        } finally {
            if (!mounted) {
                for (Signature signature : added) {
                    keyring.unlink(signature);
                }
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

    private void link() throws ToolFailure {
        try {
            keyring.linkIntoSession();
        } catch (LinuxException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "Unable to link the KEY_SPEC_USER_KEYRING into the KEY_SPEC_SESSION_KEYRING; there is something wrong"
                            + " with your kernel keyring. Did you build key retention support into your kernel?",
                    e.getMessage());
        }
    }

    /** All that is not a key, checked before any key is touched. */
    private static List<String> settings(MountRequest request) throws ToolFailure {
        String name = request.text("ecryptfs_cipher", "cipher")
                .orElseThrow(() -> missing("ecryptfs_cipher=", "one of " + Cipher.names()));
        Cipher cipher = Cipher.named(name)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL, "there is no cipher \"" + name + "\"", "use one of " + Cipher.names()));
        String bytes = request.text("ecryptfs_key_bytes")
                .orElseThrow(() -> missing("ecryptfs_key_bytes=", "one of " + cipher.keyBytes()));
        if (cipher.keyBytes().stream().noneMatch(b -> b.toString().equals(bytes))) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the cipher " + name + " takes no key of " + bytes + " bytes",
                    "use one of " + cipher.keyBytes());
        }
        List<String> settings = new ArrayList<>(List.of("ecryptfs_cipher=" + name, "ecryptfs_key_bytes=" + bytes));
        if (request.yesNo("ecryptfs_passthrough", "passthrough").orElse(false)) {
            settings.add("ecryptfs_passthrough");
        }
        if (request.yesNo("ecryptfs_xattr", "xattr", "ecryptfs_xattr_metadata").orElse(false)) {
            settings.add("ecryptfs_xattr_metadata");
        }
        if (request.yesNo("ecryptfs_encrypted_view", "encrypted_view").orElse(false)) {
            settings.add("ecryptfs_encrypted_view");
        }
        Optional<String> fnek = request.text("ecryptfs_fnek_sig");
        if (fnek.isPresent()) {
            settings.add("ecryptfs_fnek_sig=" + signature(fnek.get()));
        } else if (request.yesNo("ecryptfs_enable_filename_crypto").orElse(false)) {
            throw missing(
                    "ecryptfs_fnek_sig=",
                    "the signature of the key for file names, or ecryptfs_enable_filename_crypto=n");
        }
        settings.add("ecryptfs_unlink_sigs");
        return settings;
    }

    private static ToolFailure missing(String option, String what) {
        return new ToolFailure(
                ToolFailure.EINVAL, "Required mount option not provided: [" + option + "]", "add it to -o: " + what);
    }

    private static Signature signature(String text) throws ToolFailure {
        try {
            return new Signature(text);
        } catch (IllegalArgumentException e) {
            throw new ToolFailure(ToolFailure.EINVAL, e.getMessage(), "correct the option");
        }
    }

    /** Puts the keys into the keyring; those that were not there before are listed in {@code added}. */
    private Plan plan(MountRequest request, KeyModules modules, List<String> settings, List<Signature> added)
            throws ToolFailure {
        List<Signature> signatures = new ArrayList<>();
        Optional<String> known = request.text("sig");
        if (known.isPresent()) {
            signatures.add(signature(known.get()));
        } else {
            List<Option> keys = request.options("key");
            if (keys.isEmpty()) {
                throw missing("key=", "such as key=tspi:tspi_uuid=UUID or key=passphrase:passphrase_passwd_file=FILE");
            }
            MountKey key = new MountKey(modules, request);
            for (Option option : keys) {
                try (AuthTok token = key.token(option)) {
                    if (add(token)) {
                        added.add(token.signature());
                    }
                    signatures.add(token.signature());
                }
            }
        }
        List<String> decided = new ArrayList<>();
        signatures.forEach(s -> decided.add("ecryptfs_sig=" + s));
        decided.addAll(settings);
        return new Plan(signatures, decided);
    }

    private boolean add(AuthTok token) throws ToolFailure {
        try {
            return keyring.add(token);
        } catch (LinuxException e) {
            throw e.errno() == Errno.EDQUOT
                    ? new ToolFailure(
                            ToolFailure.EIO,
                            "the keyring is full: key " + token.signature() + " cannot be added",
                            "remove keys you do not need (keyctl show @u, keyctl unlink), or raise /proc/sys/kernel/keys/maxbytes")
                    : new ToolFailure(
                            ToolFailure.EIO, "key " + token.signature() + " cannot be added: " + e.getMessage(), "");
        }
    }

    /**
     * Prints the options, the last decided first, and asks about keys never used before (spec mount.md, sections 2 and 5).
     *
     * @param cache empty if nothing is to be asked
     * @return false if the user does not want to go on
     */
    private static boolean announce(Plan plan, Optional<SigCache> cache) throws ToolFailure, IOException {
        System.out.println("Attempting to mount with the following options:");
        BufferedReader answers = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (int i = plan.decided().size() - 1; i >= 0; i--) {
            System.out.println("  " + plan.decided().get(i));
            if (cache.isPresent()
                    && i < plan.signatures().size()
                    && !SigQuestions.goOn(plan.signatures().get(i), cache.get(), answers)) {
                return false;
            }
        }
        return true;
    }

    private static void runMount(Path lower, Path target, List<String> options, Plan plan)
            throws IOException, ToolFailure {
        List<String> command = Account.effectiveUid() == 0
                ? List.of(
                        SYSTEM_MOUNT,
                        "-i",
                        "--no-canonicalize",
                        "-t",
                        "ecryptfs",
                        lower.toString(),
                        target.toString(),
                        "-o",
                        String.join(",", options))
                : List.of(SYSTEM_MOUNT, "-i", fstabLine(lower, target, options, plan));
        System.out.flush();
        int code = await(new ProcessBuilder(command).inheritIO().start());
        if (code != 0) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "Error mounting eCryptfs: " + SYSTEM_MOUNT + " ended with " + code,
                    "see the line above, and the kernel's own words: dmesg | tail");
        }
    }

    /** An unprivileged user mounts what the administrator allowed: a line of fstab with this key. */
    private static String fstabLine(Path lower, Path target, List<String> options, Plan plan)
            throws IOException, ToolFailure {
        Set<String> allowed = MountTable.read(Path.of("/etc/fstab"))
                .ecryptfsAt(target.toString())
                .map(e -> Set.copyOf(e.options()))
                .orElse(Set.of());
        for (Signature signature : plan.signatures()) {
            if (!allowed.contains("ecryptfs_sig=" + signature)) {
                throw new ToolFailure(
                        ToolFailure.EPERM,
                        "only root may mount " + target + ", unless /etc/fstab allows it for this key",
                        "have root add this line to /etc/fstab:\n" + lower + " " + target + " ecryptfs user,noauto,"
                                + String.join(",", options) + " 0 0");
            }
        }
        return target.toString();
    }

    static int await(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + process.info().command().orElse("a command"), e);
        }
    }
}
