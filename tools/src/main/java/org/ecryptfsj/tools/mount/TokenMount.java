package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.TokenKeyring;

/** A mount by mount(8), with tokens in the user's keyring. */
final class TokenMount {
    private final TokenKeyring tokenKeyring;
    private final MountArguments call;
    private final MountPaths paths;

    TokenMount(TokenKeyring tokenKeyring, MountArguments call, MountPaths paths) {
        this.tokenKeyring = tokenKeyring;
        this.call = call;
        this.paths = paths;
    }

    /**
     * Adds the tokens and mounts. A failure removes the added tokens.
     *
     * @param options all options of the mount
     * @return whether the directory is mounted; false for a fake mount
     * @throws ToolFailure EPERM if mount(8) fails
     */
    boolean mount(MountPlan plan, List<String> options) throws ToolFailure, IOException {
        List<Signature> added = new ArrayList<>();
        boolean mounted = false;
        try {
            List<String> command = SystemMount.command(call, paths, options, plan.decided());
            for (AuthTok token : plan.tokens()) {
                if (tokenKeyring.add(token)) {
                    added.add(token.signature());
                } else if (tokenKeyring.holdsAnother(token)) {
                    System.err.println(MountEcryptfs.NAME + ": key " + token.signature()
                            + " is already in your keyring, with other parameters; the key in the keyring is used");
                    System.err.println(
                            "  What to do: to use the new parameters, unmount all mounts with this key, which"
                                    + " removes it from the keyring, and mount again");
                }
            }
            if (call.isVerbose()) {
                System.err.println(
                        MountEcryptfs.NAME + ": keys added to your keyring: " + added + "; calling " + command);
            }
            SystemMount.run(command, options);
            mounted = !call.isFake();
        } finally {
            if (!mounted) {
                for (Signature signature : added) {
                    tokenKeyring.keyring().unlink(signature);
                }
            }
        }
        if (mounted) {
            System.out.println("Mounted eCryptfs");
        }
        return mounted;
    }
}
