package org.ecryptfsj.tools.keys;

import jnr.constants.platform.Errno;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.MalformedAuthTokException;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/** The user keyring as commands fill it: failures are told with what to do about them. */
public final class TokenKeyring {
    private final UserKeyring keyring = new UserKeyring();

    /** The keyring itself, for all that needs no words. */
    public UserKeyring keyring() {
        return keyring;
    }

    /**
     * Lets this session's processes, and the kernel on their behalf, find what is in the user keyring.
     *
     * @throws ToolFailure EIO if the kernel refuses
     */
    public void linkIntoSession() throws ToolFailure {
        try {
            keyring.linkIntoSession();
        } catch (LinuxException e) {
            if (e.errno() == Errno.EDQUOT) {
                throw full("it cannot be linked into this session's");
            }
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "Unable to link the KEY_SPEC_USER_KEYRING into the KEY_SPEC_SESSION_KEYRING; there is something wrong"
                            + " with your kernel keyring. Did you build key retention support into your kernel?",
                    e.getMessage());
        }
    }

    /**
     * Adds a token, unless there is a usable key of its signature.
     *
     * @param tok stays the caller's
     * @return true if it was added, false if it was there
     * @throws ToolFailure EIO if the keyring is full or the kernel refuses
     */
    public boolean add(AuthTok tok) throws ToolFailure {
        try {
            return keyring.add(tok);
        } catch (LinuxException e) {
            throw e.errno() == Errno.EDQUOT
                    ? full("key " + tok.signature() + " cannot be added")
                    : new ToolFailure(
                            ToolFailure.EIO, "key " + tok.signature() + " cannot be added: " + e.getMessage(), "");
        }
    }

    /**
     * Whether the keyring has a token of this signature for another module, or with other parameters.
     *
     * @param tok stays the caller's
     * @throws ToolFailure EIO if the keyring cannot be read, or holds something else under that signature
     */
    public boolean holdsAnother(AuthTok tok) throws ToolFailure {
        try (AuthTok held = keyring.find(tok.signature()).orElse(null)) {
            return held instanceof AuthTok.PrivateKey there
                    && tok instanceof AuthTok.PrivateKey wanted
                    && !(there.alias().equals(wanted.alias()) && there.blob().sameBytesAs(wanted.blob()));
        } catch (LinuxException | MalformedAuthTokException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "key " + tok.signature() + " is in the keyring, but cannot be used: " + e.getMessage(),
                    "remove it (keyctl show @u, keyctl unlink), and mount again");
        }
    }

    private static ToolFailure full(String consequence) {
        return new ToolFailure(
                ToolFailure.EIO,
                "the keyring is full: " + consequence,
                "remove keys you do not need (keyctl show @u, keyctl unlink), or raise /proc/sys/kernel/keys/maxbytes");
    }
}
