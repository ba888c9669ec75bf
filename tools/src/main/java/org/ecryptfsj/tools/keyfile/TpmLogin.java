package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Unlocks a user's key file by the machine's TPM, which users cannot open, at the user's login. The key file is read with the
 * user's permissions. Root's privileges are for the TPM only, and only for key files that the administrator allows.
 */
final class TpmLogin {
    /** Other protectors read files that the key file names, or let root compute what the key file asks for. */
    private static final Set<String> TPM_TYPES = Set.of("tspi", "tpm2");

    private static final int ROOT = 0;

    private TpmLogin() {}

    /**
     * Unlocks the session's key file. Afterwards the process is the user's, also if this fails.
     *
     * @param user login name
     * @return closed by the caller
     * @throws ToolFailure EPERM if the process is not root or the administrator does not allow it, ENOENT if there is no such user
     * @throws KeyFileException LOCKED if no protector of a TPM gave the file key
     */
    static Unlocked unlock(String user, KeyFileSession session) throws ToolFailure, KeyFileException, IOException {
        if (Account.effectiveUid() != ROOT || Account.realUid() != ROOT) {
            throw new ToolFailure(ToolFailure.EPERM, "--user needs root", "run it as root, or leave out --user");
        }
        Account account = account(user);
        LoginKeyFiles allowed = LoginKeyFiles.ofThisMachine();
        TemporaryPrivilege.switchToUser(account);
        KeyFile file = KeyFileStore.readOwned(session.path(), account.uid());
        if (!allowed.allows(user, file.id())) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    session.path() + ": the TPM may not unlock key file " + file.id() + " at a login of " + user,
                    "if it may, add this line to " + LoginKeyFiles.FILE + ": " + user + " " + file.id());
        }
        List<Unlocked> unlocked = new ArrayList<>();
        List<KeyFileException> failures = new ArrayList<>();
        TemporaryPrivilege.runAsRootWithFileAccess(() -> {
            try {
                unlocked.add(session.unlock(file, TPM_TYPES));
            } catch (KeyFileException e) {
                failures.add(e);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
        return unlocked.get(0);
    }

    private static Account account(String user) throws ToolFailure {
        try {
            return Account.named(user);
        } catch (LinuxException e) {
            throw new ToolFailure(ToolFailure.ENOENT, "there is no user \"" + user + "\"", "check the name");
        }
    }
}
