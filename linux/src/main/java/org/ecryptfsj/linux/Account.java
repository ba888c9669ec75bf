package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import jnr.constants.platform.Errno;

/**
 * An entry of the password database.
 *
 * @param uid the user id
 * @param gid the primary group
 * @param name the login name
 * @param home the home directory, which is not $HOME
 */
public record Account(int uid, int gid, String name, Path home) {
    /** Offsets of struct passwd: two pointers, two ints, and the pointer to the comment come before the home directory. */
    private static final int UID = 2 * NativeMemory.WORD;

    private static final int GID = UID + Integer.BYTES;
    private static final int HOME = GID + Integer.BYTES + NativeMemory.WORD;

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

    /** @param address of a struct passwd (pwd.h); 0 if there is none */
    private static Account from(long address, String call) throws LinuxException {
        if (address == 0) {
            throw new LinuxException(call, Errno.ENOENT);
        }
        ByteBuffer passwd = NativeMemory.view(address, HOME + NativeMemory.WORD);
        return new Account(passwd.getInt(UID), passwd.getInt(GID), text(passwd, 0), Path.of(text(passwd, HOME)));
    }

    private static String text(ByteBuffer passwd, int pointer) {
        return new String(NativeMemory.text(NativeMemory.word(passwd, pointer)), Charset.defaultCharset());
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
