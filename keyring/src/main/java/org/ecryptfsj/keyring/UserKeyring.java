package org.ecryptfsj.keyring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The keyring {@code @u} of the user, with eCryptfs' tokens: keys of type {@code user}, whose description is their
 * signature (docs/spec/auth-tok.md, section 3).
 *
 * <p>To read a key the process must possess it: {@code @u} has to be linked below its session keyring, see
 * {@link #linkIntoSession()}.
 */
public final class UserKeyring {
    private static final String TYPE = "user";
    private static final int INITIAL_BYTES = 1024;

    /**
     * Links {@code @u} into {@code @s}, so that this session's processes, and the kernel for them, find its keys.
     *
     * @throws LinuxException if the kernel refuses
     */
    public void linkIntoSession() throws LinuxException {
        Keyctl.link(Keyctl.USER_KEYRING, Keyctl.SESSION_KEYRING);
    }

    /**
     * Adds a token, unless there is a usable key of its signature. A revoked or expired one is replaced.
     *
     * @param tok owned by the caller
     * @return true if it was added, false if a key of that signature exists, which is not changed
     * @throws LinuxException EDQUOT if the keyring is full
     */
    public boolean add(AuthTok tok) throws LinuxException {
        if (hasUsable(tok.signature())) {
            return false;
        }
        try (LockedMemory payload = LockedMemory.allocate(AuthTokLayout.bytes(tok))) {
            AuthTokLayout.encode(tok, payload.buffer().order(ByteOrder.nativeOrder()));
            Keyctl.add(TYPE, tok.signature().hex(), payload.buffer(), Keyctl.USER_KEYRING);
        }
        return true;
    }

    /**
     * The token of a signature.
     *
     * @return closed by the caller; empty if there is no such key
     * @throws LinuxException if the key cannot be read: EKEYEXPIRED, EKEYREVOKED, EACCES
     * @throws MalformedAuthTokException if the key is not a token of that signature
     */
    public Optional<AuthTok> find(Signature signature) throws LinuxException, MalformedAuthTokException {
        OptionalInt key = Keyctl.search(Keyctl.USER_KEYRING, TYPE, signature.hex());
        if (key.isEmpty()) {
            return Optional.empty();
        }
        AuthTok tok = read(key.getAsInt());
        if (!tok.signature().equals(signature)) {
            tok.close();
            throw AuthTokLayout.malformed("has another signature than the key's description " + signature);
        }
        return Optional.of(tok);
    }

    /**
     * Removes the key of a signature.
     *
     * @return false if it did not exist
     * @throws LinuxException if the kernel refuses
     */
    public boolean unlink(Signature signature) throws LinuxException {
        OptionalInt key = Keyctl.search(Keyctl.USER_KEYRING, TYPE, signature.hex());
        if (key.isEmpty()) {
            return false;
        }
        try {
            Keyctl.unlink(key.getAsInt(), Keyctl.USER_KEYRING);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Whether there is a usable key of that signature.
     *
     * @throws LinuxException if the keyring cannot be searched
     */
    public boolean hasUsable(Signature signature) throws LinuxException {
        try {
            return Keyctl.search(Keyctl.USER_KEYRING, TYPE, signature.hex()).isPresent();
        } catch (LinuxException e) {
            if (e.errno() == Errno.EKEYEXPIRED || e.errno() == Errno.EKEYREVOKED) {
                return false;
            }
            throw e;
        }
    }

    /** One call is enough for most tokens; a larger payload, or one that grew, is read again. */
    private static AuthTok read(int key) throws LinuxException, MalformedAuthTokException {
        int bufferBytes = INITIAL_BYTES;
        while (true) {
            try (LockedMemory memory = LockedMemory.allocate(bufferBytes)) {
                ByteBuffer payload = memory.buffer();
                int size = Keyctl.read(key, payload);
                if (size <= bufferBytes) {
                    return AuthTokLayout.decode(memory.buffer().slice(0, size).order(ByteOrder.nativeOrder()));
                }
                if (size > AuthTokLayout.MAX_BYTES) {
                    throw AuthTokLayout.malformed("has " + size + " bytes, more than " + AuthTokLayout.MAX_BYTES);
                }
                bufferBytes = size;
            }
        }
    }
}
