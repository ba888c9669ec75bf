package org.ecryptfsj.linux;

import java.io.IOException;

/**
 * Root's rights for single calls, in a process that otherwise runs as a user, as a setuid program does: its real and effective
 * user ids are the user's, its saved user id is root's.
 */
public final class TemporaryPrivilege {
    private TemporaryPrivilege() {}

    /** A system call that is made as root. */
    public interface Call {
        /** @throws LinuxException if it fails */
        void run() throws LinuxException;
    }

    /**
     * Makes this process the user's: groups, group, real and effective user id. The saved user id stays root's. The C library
     * applies this to all threads.
     *
     * @throws LinuxException EPERM if the process is not root
     */
    public static void switchToUser(Account user) throws LinuxException {
        require(
                LibCProcess.INSTANCE.initgroups(ByteText.terminated(user.name()), user.gid()),
                "initgroups " + user.name());
        require(LibCProcess.INSTANCE.setresgid(user.gid(), user.gid(), user.gid()), "setresgid " + user.gid());
        require(LibCProcess.INSTANCE.setresuid(user.uid(), user.uid(), 0), "setresuid " + user.uid());
    }

    /**
     * Makes one call as root. This thread's file system user id stays the user's, so that paths are resolved with the user's
     * permissions only.
     *
     * @throws LinuxException EPERM if the saved user id is not root's, or as the call throws it. If the user's id cannot be
     *     restored the process must end
     */
    public static void runAsRoot(Call call) throws LinuxException {
        int uid = LibC.INSTANCE.getuid();
        require(LibCProcess.INSTANCE.seteuid(0), "seteuid 0");
        try {
            LibCProcess.INSTANCE.setfsuid(uid);
            call.run();
        } finally {
            require(LibCProcess.INSTANCE.seteuid(uid), "seteuid " + uid);
        }
    }

    /** Calls on files that are made as root. */
    public interface FileCall {
        /** @throws IOException if it fails */
        void run() throws IOException;
    }

    /**
     * Makes calls as root, with root's access to files: for directories of root's only, never for a path that the user chose.
     *
     * @throws LinuxException EPERM if the saved user id is not root's. If the user's id cannot be restored the process must end
     * @throws IOException as the call throws it
     */
    public static void runAsRootWithFileAccess(FileCall call) throws IOException {
        int uid = LibC.INSTANCE.getuid();
        require(LibCProcess.INSTANCE.seteuid(0), "seteuid 0");
        try {
            call.run();
        } finally {
            require(LibCProcess.INSTANCE.seteuid(uid), "seteuid " + uid);
        }
    }

    private static void require(int rc, String call) throws LinuxException {
        if (rc != 0) {
            throw LinuxException.last(call);
        }
    }
}
