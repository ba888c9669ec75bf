package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;

/**
 * The kernel's key retention service, raw: add_key(2) and keyctl(2). Key ids are the kernel's serial numbers; the
 * negative ones name special keyrings.
 */
public final class Keyctl {
    /** {@code @t}: the keyring of the calling thread alone; it ends with the thread. */
    public static final int THREAD_KEYRING = -1;

    /** {@code @s}: the session keyring of the calling thread. */
    public static final int SESSION_KEYRING = -3;

    /** {@code @u}: the keyring of the real user id. */
    public static final int USER_KEYRING = -4;

    private static final int JOIN_SESSION_KEYRING = 1;
    private static final int REVOKE = 3;
    private static final int SET_PERMISSIONS = 5;
    private static final int DESCRIBE = 6;
    private static final int LINK = 8;
    private static final int UNLINK = 9;
    private static final int SEARCH = 10;
    private static final int READ = 11;

    /** Longer than the description of any key but those of other programs, which may have 4096 characters. */
    private static final int MOST_DESCRIBED = 8192;

    private Keyctl() {}

    /**
     * Adds a key, or updates the one of that type and description.
     *
     * @param payload a direct buffer; all remaining bytes
     * @return the key's id
     * @throws LinuxException EDQUOT if the keyring is full
     */
    public static int add(String type, String description, ByteBuffer payload, int keyring) throws LinuxException {
        Descriptor.requireDirect(payload);
        return id(
                "add_key " + type + " " + description,
                LibCSystemCalls.INSTANCE.syscall(
                        SystemCall.ADD_KEY.number(),
                        ByteText.terminated(type),
                        ByteText.terminated(description),
                        payload,
                        payload.remaining(),
                        keyring));
    }

    /**
     * Finds a key below a keyring.
     *
     * @return its id, or empty if there is none (ENOKEY)
     * @throws LinuxException on any other error: EKEYEXPIRED, EKEYREVOKED, EACCES...
     */
    public static OptionalInt search(int keyring, String type, String description) throws LinuxException {
        long rc = LibCSystemCalls.INSTANCE.syscall(
                SystemCall.KEYCTL.number(),
                SEARCH,
                keyring,
                ByteText.terminated(type),
                ByteText.terminated(description),
                0);
        if (rc < 0 && LinuxException.lastErrno() == Errno.ENOKEY) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(id("keyctl search " + type + " " + description, rc));
    }

    /**
     * Reads a key's payload into the buffer's remaining space and advances its position.
     *
     * @param into a direct buffer
     * @return the payload's whole size, which is more than was read if the buffer was too small
     * @throws LinuxException if the key cannot be read
     */
    public static int read(int key, ByteBuffer into) throws LinuxException {
        Descriptor.requireDirect(into);
        int size = id(
                "keyctl read " + key,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), READ, key, into, into.remaining(), 0));
        into.position(into.position() + Math.min(size, into.remaining()));
        return size;
    }

    /**
     * What the kernel shows of a key.
     *
     * @return type, owner, group, permissions in hex digits and description, separated by semicolons
     * @throws LinuxException ENOKEY if there is no key of that number, EKEYREVOKED if it is revoked, EACCES if this process may not
     *     view it
     */
    public static String describe(int key) throws LinuxException {
        ByteBuffer into = ByteBuffer.allocateDirect(MOST_DESCRIBED);
        int size = id(
                "keyctl describe " + key,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), DESCRIBE, key, into, into.remaining(), 0));
        // The size counts the zero byte at the end.
        into.limit(Math.max(0, Math.min(size, MOST_DESCRIBED) - 1));
        return StandardCharsets.ISO_8859_1.decode(into).toString();
    }

    /**
     * Links a key or keyring into a keyring.
     *
     * @throws LinuxException if the kernel refuses
     */
    public static void link(int key, int keyring) throws LinuxException {
        id(
                "keyctl link " + key + " " + keyring,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), LINK, key, keyring, 0L, 0));
    }

    /**
     * Removes a key from a keyring.
     *
     * @throws LinuxException ENOENT if it is not there
     */
    public static void unlink(int key, int keyring) throws LinuxException {
        id(
                "keyctl unlink " + key + " " + keyring,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), UNLINK, key, keyring, 0L, 0));
    }

    /**
     * Sets who may do what with a key.
     *
     * @param permissions the mask of keyctl_setperm(3): a byte each for possessor, owner, group and others
     * @throws LinuxException EACCES if this process may not change the key
     */
    public static void setPermissions(int key, int permissions) throws LinuxException {
        id(
                "keyctl setperm " + key,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), SET_PERMISSIONS, key, permissions, 0L, 0));
    }

    /**
     * Revokes a key: no process can use it any more.
     *
     * @throws LinuxException EACCES if this process may not revoke it, ENOKEY if there is no key of that number
     */
    public static void revoke(int key) throws LinuxException {
        id(
                "keyctl revoke " + key,
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), REVOKE, key, 0L, 0L, 0));
    }

    /**
     * Gives the calling thread, and the threads and processes it starts from now on, a new empty session keyring.
     *
     * @throws LinuxException if the kernel refuses
     */
    public static void joinNewSession() throws LinuxException {
        id(
                "keyctl join_session",
                LibCSystemCalls.INSTANCE.syscall(SystemCall.KEYCTL.number(), JOIN_SESSION_KEYRING, 0L, 0L, 0L, 0));
    }

    private static int id(String call, long rc) throws LinuxException {
        if (rc < 0) {
            throw LinuxException.last(call);
        }
        return (int) rc;
    }
}
