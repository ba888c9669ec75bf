package org.ecryptfsj.tools.privatedir;

import java.util.Map;
import java.util.regex.Pattern;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Whose private directory it is.
 *
 * @param user the user
 * @param hasRoot whether the process may borrow root's rights
 */
record InvokingUser(Account user, boolean hasRoot) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.@-]+\\$?");

    /**
     * Finds the user and gives the process to them: who really runs it, or, if that is root, whom pam_exec (PAM_USER) or sudo
     * (SUDO_UID) name. Each of the two sets its own variable and may hand on the other from a user: sudo where sudoers keeps it,
     * pam_exec where the user's environment is read. So where both are there they must name the same user.
     */
    static InvokingUser of(Map<String, String> environment) throws LinuxException, ToolFailure {
        if (Account.effectiveUid() != 0) {
            return new InvokingUser(requireSafeName(Account.current()), false);
        }
        Account user = requireSafeName(Account.realUid() != 0 ? Account.current() : fromEnvironment(environment));
        TemporaryPrivilege.giveProcessTo(user);
        return new InvokingUser(user, true);
    }

    static Account fromEnvironment(Map<String, String> environment) throws LinuxException, ToolFailure {
        String name = environment.get("PAM_USER");
        String uid = environment.get("SUDO_UID");
        if (uid != null && !uid.matches("[0-9]{1,9}")) {
            throw new ToolFailure(1, "SUDO_UID=" + uid + " is no user id", "run this by sudo, or as the user");
        }
        if (name == null) {
            return uid == null ? Account.current() : Account.of(Integer.parseInt(uid));
        }
        Account user = Account.named(name);
        if (uid != null && Integer.parseInt(uid) != user.uid()) {
            throw new ToolFailure(
                    1,
                    "PAM_USER=" + name + " (uid " + user.uid() + ") and SUDO_UID=" + uid + " name different users",
                    "run this as the user; or let neither sudoers (env_keep, setenv) nor PAM (user_readenv) hand on the"
                            + " other's variable");
        }
        return user;
    }

    /** The name becomes part of a file's name. */
    static Account requireSafeName(Account user) throws ToolFailure {
        if (!NAME.matcher(user.name()).matches()) {
            throw new ToolFailure(
                    1,
                    "Username has unsupported characters",
                    "names of letters, digits and _ . @ - can have a private directory");
        }
        return user;
    }
}
