package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.keyring.KernelKeyMount;
import org.ecryptfsj.keyring.KernelKeyUnavailableException;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileFailures;

/** A mount with the option {@code kernel_key}: no token comes into a keyring, and no process can read the key. */
final class KernelKeys {
    /** The mount option. */
    static final String OPTION = "kernel_key";

    private KernelKeys() {}

    /**
     * Checks that this process may call mount(2), before a passphrase is asked for.
     *
     * @param option that needs it
     * @throws ToolFailure EPERM for other users than root
     */
    static void requireRoot(String option) throws ToolFailure {
        if (Account.effectiveUid() != 0) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "only root may mount with " + option + ": the program has to call mount(2) itself",
                    "mount as root, or leave out " + option);
        }
    }

    /**
     * The keys that the kernel is to hold: all that the mount needs, made here of passphrases.
     *
     * @return one for each signature
     * @throws ToolFailure EINVAL if a key is not made of a passphrase, or not made here
     */
    static List<AuthTok.Password> of(MountPlan plan) throws ToolFailure {
        Map<Signature, AuthTok.Password> keys = new LinkedHashMap<>();
        for (AuthTok token : plan.tokens()) {
            if (!(token instanceof AuthTok.Password password)) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        OPTION + " needs a passphrase: for key " + token.signature()
                                + " the kernel asks the daemon about each file",
                        "use key=passphrase, or leave out " + OPTION);
            }
            keys.putIfAbsent(password.signature(), password);
        }
        for (Signature signature : plan.needed()) {
            if (!keys.containsKey(signature)) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        OPTION + " needs the passphrase of every key, and key " + signature
                                + " is named by its signature",
                        "give a key=passphrase for it, or leave out " + OPTION);
            }
        }
        return List.copyOf(keys.values());
    }

    /**
     * Mounts.
     *
     * @return the keys, which the kernel holds; none for a fake mount
     * @throws KernelKeyUnavailableException if the kernel cannot hold keys
     * @throws ToolFailure EPERM if it refuses the mount
     */
    static List<KernelKey> mount(MountArguments call, List<AuthTok.Password> keys, KernelKeyMount.Mounting mounting)
            throws ToolFailure, IOException {
        if (call.isFake()) {
            return List.of();
        }
        try {
            List<KernelKey> held = KernelKeyMount.mount(keys, mounting);
            if (call.isVerbose()) {
                System.err.println(MountEcryptfs.NAME + ": keys held by the kernel: " + held);
            }
            System.out.println("Mounted eCryptfs");
            return held;
        } catch (LibcryptoMissingException e) {
            throw KeyFileFailures.of(e);
        } catch (LinuxException e) {
            throw new ToolFailure(ToolFailure.EPERM, e.getMessage(), "see the kernel's own message: dmesg | tail");
        }
    }

    /** The kernel cannot hold keys. */
    static ToolFailure unavailable(KernelKeyUnavailableException e, String advice) {
        return new ToolFailure(ToolFailure.EINVAL, e.getMessage(), advice);
    }
}
