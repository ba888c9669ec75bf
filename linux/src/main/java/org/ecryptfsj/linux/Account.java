package org.ecryptfsj.linux;

import java.nio.file.Path;
import jnr.ffi.Pointer;

/**
 * An entry of the password database.
 *
 * @param uid the user id
 * @param gid the primary group
 * @param name the login name
 * @param home the home directory, which is not $HOME
 */
public record Account(int uid, int gid, String name, Path home) {
    /**
     * The account of this process's real user id.
     *
     * @throws LinuxException ENOENT if the database has no such user
     */
    public static Account current() throws LinuxException {
        return of(LibC.INSTANCE.getuid());
    }

    /**
     * The account of a user id.
     *
     * @throws LinuxException ENOENT if the database has no such user
     */
    public static synchronized Account of(int uid) throws LinuxException {
        return from(LibC.INSTANCE.getpwuid(uid), "getpwuid " + uid);
    }

    /**
     * The account of a login name.
     *
     * @throws LinuxException ENOENT if the database has no such user
     */
    public static synchronized Account named(String name) throws LinuxException {
        return from(LibCProcess.INSTANCE.getpwnam(ByteText.terminated(name)), "getpwnam " + name);
    }

    private static Account from(Pointer passwd, String call) throws LinuxException {
        if (passwd == null) {
            throw new LinuxException(call, jnr.constants.platform.Errno.ENOENT);
        }
        return new Account(
                passwd.getInt(2L * LibC.WORD),
                passwd.getInt(2L * LibC.WORD + 4),
                passwd.getPointer(0).getString(0),
                Path.of(passwd.getPointer(3L * LibC.WORD + 8).getString(0)));
    }

    /** The real user id of this process. */
    public static int realUid() {
        return LibC.INSTANCE.getuid();
    }

    /** The effective user id of this process: the kernel finds an eCryptfs daemon by it. */
    public static int effectiveUid() {
        return LibC.INSTANCE.geteuid();
    }
}
