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

/** The decisions about a mount, made before anything is changed. Closing the plan closes the tokens. */
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
     * Makes the decisions and asks where that is allowed.
     *
     * @param questions empty if questions are not allowed
     * @throws ToolFailure if options are missing or contradict each other
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

    /**
     * A plan in which nothing is left to decide.
     *
     * @param tokens all keys of the mount, that of the contents first; closed with the plan
     * @param decided the kernel's options, that with the signature of the contents' key first
     */
    static MountPlan of(List<AuthTok> tokens, List<String> decided) {
        List<Signature> signatures = tokens.stream().map(AuthTok::signature).toList();
        return new MountPlan(List.copyOf(tokens), List.of(signatures.get(0)), Set.copyOf(signatures), decided);
    }

    /** The tokens to add to the keyring; closed with the plan. */
    List<AuthTok> tokens() {
        return tokens;
    }

    /** The signatures of the keys for new files. */
    List<Signature> signatures() {
        return signatures;
    }

    /** All keys that the mount uses, for names too. */
    Set<Signature> needed() {
        return needed;
    }

    /** The kernel's options in the order of the decisions, {@link #signatures()} first. */
    List<String> decided() {
        return decided;
    }

    /**
     * Checks that all keys are in the keyring or in {@link #tokens()}.
     *
     * @throws ToolFailure EPERM if a key is missing: mount(8) would fail with "No such file or directory"
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
                "key " + missing.get(0) + " is not in your keyring"
                        + (made.isEmpty() ? "" : "; the key given now is " + made.get(0)),
                made.isEmpty()
                        ? "add it first (ecryptfs-add-passphrase --fnek adds the keys of a passphrase for"
                                + " contents and names); list the keys with keyctl show @u"
                        : "if both should be the same, check the passphrase; otherwise add the key first"
                                + " (ecryptfs-add-passphrase --fnek); list the keys with keyctl show @u");
    }

    @Override
    public void close() {
        tokens.forEach(AuthTok::close);
    }

    /**
     * The signatures of the mount's keys. Created tokens are added to {@code tokens}. A mount with ecryptfs_sig=, as
     * in lines of fstab, needs no other keys if these are in the keyring.
     */
    private static List<Signature> keys(
            MountRequest request,
            MountKeyResolver key,
            List<Signature> direct,
            UserKeyring keyring,
            List<AuthTok> tokens)
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

    /** Without the daemon interface the mount would succeed, but every open of a file would fail. */
    private static void requireDaemonInterface(List<AuthTok> tokens, EcryptfsVersion kernel) throws ToolFailure {
        if (!kernel.has(Feature.PUBKEY) && tokens.stream().anyMatch(t -> !(t instanceof AuthTok.Password))) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the running kernel's eCryptfs cannot request keys from a daemon (it was built without"
                            + " CONFIG_ECRYPT_FS_MESSAGING)",
                    "use a passphrase key, or boot another kernel");
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
