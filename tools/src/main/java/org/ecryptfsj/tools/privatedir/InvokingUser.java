package org.ecryptfsj.tools.privatedir;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;

/** The user whose private directory is mounted or unmounted.
 *
 * @param user account of the user
 * @param hasRoot whether the process can raise its privileges to root's
 * @param session process id of the process whose PAM session calls the command; empty for other callers, and without root
 */
record InvokingUser(Account user, boolean hasRoot, Optional<Integer> session) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.@-]+\\$?");

    /**
     * Determines the user and drops root's privileges in favour of that user: the real user, or, for root, the user in
     * PAM_USER (set by pam_exec) or SUDO_UID (set by sudo). Each of the two sets its own variable, but can pass on the
     * other one from the user's environment. If both variables are set, they must name the same user.
     */
    static InvokingUser of(Map<String, String> environment) throws LinuxException, ToolFailure {
        if (Account.effectiveUid() != 0) {
            return new InvokingUser(requireSafeName(Account.current()), false, Optional.empty());
        }
        Account user = requireSafeName(Account.realUid() != 0 ? Account.current() : fromEnvironment(environment));
        TemporaryPrivilege.switchToUser(user);
        return new InvokingUser(user, true, SessionProcess.pidIn(environment));
    }

    static Account fromEnvironment(Map<String, String> environment) throws LinuxException, ToolFailure {
        String name = environment.get("PAM_USER");
        String uid = environment.get("SUDO_UID");
        if (uid != null && !uid.matches("[0-9]{1,9}")) {
            throw new ToolFailure(
                    1, "SUDO_UID=" + uid + " is not a user id", "run this command with sudo or" + " as the user");
        }
        if (name == null) {
            return uid == null ? Account.current() : Account.of(Integer.parseInt(uid));
        }
        Account user = Account.named(name);
        if (uid != null && Integer.parseInt(uid) != user.uid()) {
            throw new ToolFailure(
                    1,
                    "PAM_USER=" + name + " (uid " + user.uid() + ") and SUDO_UID=" + uid + " name different users",
                    "run this command as the user, or make sure that sudoers (env_keep, setenv) and PAM"
                            + " (user_readenv) do not pass on these variables");
        }
        return user;
    }

    /** Checks the user name, which becomes part of a file name. */
    static Account requireSafeName(Account user) throws ToolFailure {
        if (!NAME.matcher(user.name()).matches()) {
            throw new ToolFailure(
                    1,
                    "Username has unsupported characters",
                    "a private directory needs a user name of letters, digits and _ . @ -");
        }
        return user;
    }
}
