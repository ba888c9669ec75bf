package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ToolFailure;

/** All that is decided about a mount before anything is changed. Closing it closes the tokens. */
final class MountPlan implements AutoCloseable {
    private final List<AuthTok> tokens;
    private final List<Signature> signatures;
    private final Set<Signature> needed;
    private final List<String> decided;

    private MountPlan(List<AuthTok> tokens, List<Signature> signatures, Set<Signature> needed, List<String> decided) {
        this.tokens = tokens;
        this.signatures = signatures;
        this.needed = needed;
        this.decided = decided;
    }

    /**
     * Decides, asking where it may.
     *
     * @param questions empty if nothing may be asked
     * @throws ToolFailure if something is missing or does not fit together
     */
    static MountPlan decide(
            MountRequest request,
            MountKeyResolver key,
            EcryptfsVersion kernel,
            UserKeyring keyring,
            Optional<Questions> questions)
            throws ToolFailure, IOException {
        List<AuthTok> tokens = new ArrayList<>();
        try {
            List<Signature> direct = signatures(request, "ecryptfs_sig");
            List<Signature> signatures = keys(request, key, direct, keyring, tokens);
            requireDaemonInterface(tokens, kernel);
            List<String> settings = new MountSettings(request, kernel, questions).decide(signatures.get(0));
            List<String> decided = new ArrayList<>();
            signatures.forEach(s -> decided.add("ecryptfs_sig=" + s));
            decided.addAll(settings);
            return new MountPlan(tokens, signatures, needed(signatures, direct, settings), decided);
        } catch (ToolFailure | IOException | RuntimeException e) {
            tokens.forEach(AuthTok::close);
            throw e;
        }
    }

    /** To be put into the keyring; owned by the plan. */
    List<AuthTok> tokens() {
        return tokens;
    }

    /** The keys for new files. */
    List<Signature> signatures() {
        return signatures;
    }

    /** The kernel's options in the order decided, {@link #signatures()} first. */
    List<String> decided() {
        return decided;
    }

    /**
     * Looks for the keys that are neither made here nor in the keyring.
     *
     * @throws ToolFailure EPERM if there are such: mount(8) would fail, with the kernel's "No such file or directory"
     */
    void requireKeys(UserKeyring keyring) throws ToolFailure, IOException {
        List<Signature> made = tokens.stream().map(AuthTok::signature).toList();
        List<Signature> missing =
                missing(needed.stream().filter(s -> !made.contains(s)).toList(), keyring);
        if (missing.isEmpty()) {
            return;
        }
        throw new ToolFailure(
                ToolFailure.EPERM,
                "there is no key " + missing.get(0) + " in your keyring"
                        + (made.isEmpty() ? "" : ", and the one made now is " + made.get(0)),
                made.isEmpty()
                        ? "add it first (ecryptfs-add-passphrase --fnek adds the key of a passphrase, and the one for its"
                                + " file names), and look with keyctl show @u"
                        : "if it should be the same, check the passphrase; else add the key first"
                                + " (ecryptfs-add-passphrase --fnek), and look with keyctl show @u");
    }

    @Override
    public void close() {
        tokens.forEach(AuthTok::close);
    }

    /**
     * The signatures of the mount's keys; the tokens made for them go into {@code tokens}. A mount that names its keys as the
     * kernel does, as lines of fstab do, needs no others if they are in the keyring.
     */
    private static List<Signature> keys(
            MountRequest request, MountKeyResolver key, List<Signature> direct, UserKeyring keyring, List<AuthTok> tokens)
            throws ToolFailure, IOException {
        List<Signature> fromVersion = signatures(request, "sig");
        if (!fromVersion.isEmpty()) {
            return fromVersion;
        }
        List<Option> options = request.options("key");
        if (options.isEmpty() && !direct.isEmpty() && missing(direct, keyring).isEmpty()) {
            return direct;
        }
        if (options.isEmpty()) {
            tokens.add(key.chooseModule());
        }
        for (Option option : options) {
            tokens.add(key.token(option));
        }
        Optional<String> recovery = request.text("ecryptfs_recovery");
        if (recovery.isPresent()) {
            tokens.add(key.recovery(tokens.get(0), ByteText.path(recovery.get())));
        }
        return tokens.stream().map(AuthTok::signature).distinct().toList();
    }

    private static List<Signature> signatures(MountRequest request, String option) throws ToolFailure {
        List<Signature> signatures = new ArrayList<>();
        for (Option given : request.options(option)) {
            signatures.add(MountSettings.signature(given.text()));
        }
        return signatures;
    }

    /** Without the interface the mount would succeed, and every open of a file fail. */
    private static void requireDaemonInterface(List<AuthTok> tokens, EcryptfsVersion kernel) throws ToolFailure {
        if (!kernel.has(Feature.PUBKEY) && tokens.stream().anyMatch(t -> !(t instanceof AuthTok.Password))) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the running kernel's eCryptfs asks no daemon for keys (it was built without"
                            + " CONFIG_ECRYPT_FS_MESSAGING)",
                    "use a passphrase, or boot another kernel");
        }
    }

    private static Set<Signature> needed(List<Signature> signatures, List<Signature> direct, List<String> settings)
            throws ToolFailure {
        Set<Signature> needed = new LinkedHashSet<>(signatures);
        needed.addAll(direct);
        for (String setting : settings) {
            if (setting.startsWith("ecryptfs_fnek_sig=")) {
                needed.add(MountSettings.signature(setting.substring(setting.indexOf('=') + 1)));
            }
        }
        return needed;
    }

    private static List<Signature> missing(List<Signature> signatures, UserKeyring keyring) throws IOException {
        List<Signature> missing = new ArrayList<>();
        for (Signature signature : signatures) {
            if (!keyring.hasUsable(signature)) {
                missing.add(signature);
            }
        }
        return missing;
    }
}
