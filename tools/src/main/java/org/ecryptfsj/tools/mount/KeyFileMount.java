package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.InstalledProtectors;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileRenewal;
import org.ecryptfsj.tools.keyfile.KeyFileTokens;
import org.ecryptfsj.tools.keyfile.Prompters;

/**
 * A mount with {@code key=keyfile:keyfile=PATH}: ciphers, names and keys come from the key file (docs/spec/key-file.md).
 *
 * @param plan the decisions; owned by this
 * @param origin of the keys, for the daemon that guards them
 * @param renewal what is to be done with the key file once it is mounted; owned by this
 */
record KeyFileMount(MountPlan plan, GuardedMounting.Origin origin, Optional<KeyFileRenewal> renewal)
        implements AutoCloseable {
    /** The name in {@code key=}, and of its part with the path. */
    static final String MODULE = "keyfile";

    /** What asks for this way to mount, in messages. */
    static final String OPTION = "key=" + MODULE;

    /** The option with which nobody is asked. */
    static final String NOASK = "noask";

    /** The option that allows a token which processes of root can read, on a kernel that cannot hold keys. */
    static final String READABLE_KEY = "readable_key";

    private static final String[] DECIDED_BY_KEY_FILE = {
        "sig",
        "ecryptfs_sig",
        "cipher",
        "ecryptfs_cipher",
        "ecryptfs_key_bytes",
        "ecryptfs_fnek_sig",
        "ecryptfs_fn_cipher",
        "ecryptfs_fn_key_bytes",
        "ecryptfs_enable_filename_crypto",
        "xattr",
        "ecryptfs_xattr",
        "ecryptfs_xattr_metadata",
        "ecryptfs_recovery"
    };

    /** Whether the options ask for a key file. */
    static boolean isRequested(MountRequest request) {
        return request.options("key").stream().anyMatch(key -> key.text().equals(MODULE));
    }

    /**
     * Reads the key file and unlocks it, and asks where that is allowed.
     *
     * @param modules with the one that derives keys from passphrases
     * @return closed by the caller
     * @throws ToolFailure EINVAL if an option contradicts the key file, EPERM if it stays locked; else as the file is
     */
    static KeyFileMount open(MountRequest request, KeyModules modules, EcryptfsVersion kernel)
            throws ToolFailure, IOException {
        boolean noask = request.has(NOASK) || !request.mayAsk();
        try (Protectors protectors = InstalledProtectors.load()) {
            return open(request, modules, kernel, protectors, path -> Prompters.choose(noask, path));
        }
    }

    /** @param prompters asks a person about the key file of that path */
    static KeyFileMount open(
            MountRequest request,
            KeyModules modules,
            EcryptfsVersion kernel,
            Protectors protectors,
            Function<Path, Prompter> prompters)
            throws ToolFailure, IOException {
        Path path = path(request);
        requireNoContradiction(request);
        KeyFile file = KeyFileTokens.read(path);
        if (file.mount().names().isPresent() && !kernel.has(Feature.FILENAME_ENCRYPTION)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "key file " + path + " has encrypted names, which the running kernel's eCryptfs does not have",
                    "use a newer kernel");
        }
        KeyFileTokens.Unlocked unlocked = KeyFileTokens.unlock(path, file, modules, protectors, prompters.apply(path));
        boolean complete = false;
        try {
            MountPlan plan = MountPlan.of(unlocked.tokens(), options(file, request));
            Optional<WatchedRegisters> watched = watched(protectors, unlocked.protector());
            complete = true;
            return new KeyFileMount(plan, new GuardedMounting.Origin(Optional.of(path), watched), unlocked.renewal());
        } catch (MalformedFieldException e) {
            throw new ToolFailure(
                    ToolFailure.EINVAL, path + ": " + e.getMessage(), "restore the key file from a backup");
        } finally {
            if (!complete) {
                unlocked.tokens().forEach(AuthTok::close);
                unlocked.renewal().ifPresent(KeyFileRenewal::close);
            }
        }
    }

    private static Path path(MountRequest request) throws ToolFailure {
        List<Option> keys = request.options("key");
        if (keys.size() != 1) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    OPTION + " is given with another key=: a key file has all keys of its mount",
                    "leave out the other key=");
        }
        List<Option> parts = keys.get(0).parts();
        if (parts.size() != 1
                || !parts.get(0).name().equals(MODULE)
                || parts.get(0).text().isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    OPTION + " takes the path of a key file, and nothing else",
                    "write it as " + OPTION + ":" + MODULE + "=/etc/ecryptfsj/keys/NAME.key");
        }
        return ByteText.path(parts.get(0).text()).toAbsolutePath();
    }

    private static void requireNoContradiction(MountRequest request) throws ToolFailure {
        for (Option option : request.onCommandLine(DECIDED_BY_KEY_FILE)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "option " + option.name() + " cannot be given with " + OPTION + ": the key file has it",
                    "leave it out; ecryptfs-key show prints what the key file has");
        }
    }

    private static Optional<WatchedRegisters> watched(Protectors protectors, ProtectorEntry entry)
            throws MalformedFieldException {
        return protectors
                .byType(entry.type())
                .orElseThrow()
                .binding(entry.fields())
                .filter(binding -> !binding.registers().isEmpty())
                .map(binding -> new WatchedRegisters(entry.type(), binding.registers(), binding.recheck()));
    }

    private static List<String> options(KeyFile file, MountRequest request) throws ToolFailure {
        Set<String> options = new LinkedHashSet<>();
        options.add("ecryptfs_sig=" + file.mount().content());
        options.addAll(KernelOptions.cipher(file.mount().cipher()));
        if (request.yesNo("ecryptfs_passthrough", "passthrough").orElse(false)) {
            options.add("ecryptfs_passthrough");
        }
        options.addAll(KernelOptions.headers(file.mount()));
        if (request.yesNo("ecryptfs_encrypted_view", "encrypted_view").orElse(false)) {
            options.add("ecryptfs_encrypted_view");
        }
        options.addAll(KernelOptions.names(file.mount()));
        options.add("ecryptfs_unlink_sigs");
        return List.copyOf(options);
    }

    /** Ends temporary protectors of the key file, once it is mounted. */
    void renew() throws IOException {
        if (renewal.isPresent()) {
            try (Protectors protectors = InstalledProtectors.load()) {
                renewal.get().apply(protectors, System.out, System.err);
            }
        }
    }

    /** The keys of the plan, all of which are made of passphrases. */
    List<AuthTok.Password> keys() {
        return plan.tokens().stream().map(AuthTok.Password.class::cast).toList();
    }

    @Override
    public void close() {
        plan.close();
        renewal.ifPresent(KeyFileRenewal::close);
    }
}
