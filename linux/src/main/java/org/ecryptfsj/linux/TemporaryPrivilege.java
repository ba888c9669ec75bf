package org.ecryptfsj.linux;

import java.io.IOException;

/**
 * A process that belongs to a user and may be root for a moment, as a setuid program is: its real user id is the user's, its
 * saved one is root. It works as the user, files included, and is root only for single calls.
 */
public final class TemporaryPrivilege {
    private TemporaryPrivilege() {}

    /** What root's rights are borrowed for. */
    public interface Call {
        /** @throws LinuxException if it fails */
        void run() throws LinuxException;
    }

    /**
     * Gives this process to a user: groups, group, real and effective user id; root stays in reserve. Holds for all threads,
     * as the C library sees to it.
     *
     * @throws LinuxException EPERM if the process is not root
     */
    public static void giveProcessTo(Account user) throws LinuxException {
        require(LibC.INSTANCE.initgroups(user.name(), user.gid()), "initgroups " + user.name());
        require(LibC.INSTANCE.setresgid(user.gid(), user.gid(), user.gid()), "setresgid " + user.gid());
        require(LibC.INSTANCE.setresuid(user.uid(), user.uid(), 0), "setresuid " + user.uid());
    }

    /**
     * Makes one call as root. This thread's file system user id stays the user's: with root's right to mount, paths are
     * still walked with no more than the user's permissions.
     *
     * @throws LinuxException EPERM if root is not in reserve, or as the call throws it. If root cannot be given back the
     *     process must not go on
     */
    public static void lend(Call call) throws LinuxException {
        int uid = LibC.INSTANCE.getuid();
        require(LibC.INSTANCE.seteuid(0), "seteuid 0");
        try {
            LibC.INSTANCE.setfsuid(uid);
            call.run();
        } finally {
            require(LibC.INSTANCE.seteuid(uid), "seteuid " + uid);
        }
    }

    /** What root's rights on files are borrowed for. */
    public interface FileCall {
        /** @throws IOException if it fails */
        void run() throws IOException;
    }

    /**
     * Makes calls as root, files included: for a place that only root can enter, never for a path of the user's.
     *
     * @throws LinuxException EPERM if root is not in reserve. If root cannot be given back the process must not go on
     * @throws IOException as the call throws it
     */
    public static void lendFiles(FileCall call) throws IOException {
        int uid = LibC.INSTANCE.getuid();
        require(LibC.INSTANCE.seteuid(0), "seteuid 0");
        try {
            call.run();
        } finally {
            require(LibC.INSTANCE.seteuid(uid), "seteuid " + uid);
        }
    }

    private static void require(int rc, String call) throws LinuxException {
        if (rc != 0) {
            throw LinuxException.last(call);
        }
    }
}
