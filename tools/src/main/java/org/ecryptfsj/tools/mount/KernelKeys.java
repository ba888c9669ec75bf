package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.keyring.KernelKeyMount;
import org.ecryptfsj.keyring.KernelKeyUnavailableException;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FileSystemMount;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/** A mount with the option {@code kernel_key}: no token comes into a keyring, and no process can read the key. */
final class KernelKeys {
    /** The mount option. */
    static final String OPTION = "kernel_key";

    private KernelKeys() {}

    /**
     * Asks for the right to use the option, before a passphrase is asked for.
     *
     * @throws ToolFailure EPERM for other users than root
     */
    static void requireRoot() throws ToolFailure {
        if (Account.effectiveUid() != 0) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "only root may mount with " + OPTION + ": the program has to call mount(2) itself",
                    "mount as root, or leave out " + OPTION);
        }
    }

    /**
     * The keys that the kernel is to hold: all that the mount needs, made here of passphrases.
     *
     * @throws ToolFailure EINVAL if a key is not made of a passphrase, or not made here
     */
    static List<AuthTok.Password> of(MountPlan plan) throws ToolFailure {
        List<AuthTok.Password> keys = new ArrayList<>();
        for (AuthTok token : plan.tokens()) {
            if (!(token instanceof AuthTok.Password password)) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        OPTION + " needs a passphrase: for key " + token.signature()
                                + " the kernel asks the daemon about each file",
                        "use key=passphrase, or leave out " + OPTION);
            }
            keys.add(password);
        }
        Set<Signature> made = keys.stream().map(AuthTok::signature).collect(Collectors.toSet());
        for (Signature signature : plan.needed()) {
            if (!made.contains(signature)) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        OPTION + " needs the passphrase of every key, and key " + signature
                                + " is named by its signature",
                        "give a key=passphrase for it, or leave out " + OPTION);
            }
        }
        return keys;
    }

    /**
     * Mounts.
     *
     * @throws ToolFailure EINVAL if the kernel cannot hold keys, EPERM if it refuses the mount
     */
    static List<KernelKey> mount(List<AuthTok.Password> keys, MountPaths paths, List<String> options)
            throws ToolFailure, IOException {
        MountFlags flags = MountFlags.of(options);
        try {
            return KernelKeyMount.mount(
                    keys,
                    () -> FileSystemMount.mount(
                            paths.lower(), paths.target(), "ecryptfs", flags.flags(), flags.text()));
        } catch (KernelKeyUnavailableException e) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    e.getMessage(),
                    "leave out " + OPTION + ": the key is then a token, which processes of this user can read");
        } catch (LinuxException e) {
            throw new ToolFailure(ToolFailure.EPERM, e.getMessage(), "see the kernel's own message: dmesg | tail");
        }
    }
}
