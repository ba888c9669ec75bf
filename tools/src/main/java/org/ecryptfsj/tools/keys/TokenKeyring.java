package org.ecryptfsj.tools.keys;

import jnr.constants.platform.Errno;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.MalformedAuthTokException;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/** The user keyring with failures that contain advice, for commands. */
public final class TokenKeyring {
    private final UserKeyring keyring = new UserKeyring();

    /** The keyring itself. */
    public UserKeyring keyring() {
        return keyring;
    }

    /**
     * Links the user keyring into the session keyring, so that this session's processes and the kernel find its keys.
     *
     * @throws ToolFailure EIO if the kernel refuses
     */
    public void linkIntoSession() throws ToolFailure {
        try {
            keyring.linkIntoSession();
        } catch (LinuxException e) {
            if (e.errno() == Errno.EDQUOT) {
                throw full("cannot link it into the session keyring");
            }
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "Unable to link the KEY_SPEC_USER_KEYRING into the KEY_SPEC_SESSION_KEYRING; there is"
                            + " something wrong"
                            + " with your kernel keyring. Did you build key retention support into your kernel?",
                    e.getMessage());
        }
    }

    /**
     * Adds a token, unless there is a usable key with its signature.
     *
     * @param tok is not closed
     * @return true if the token was added, false if there was a usable key
     * @throws ToolFailure EIO if the keyring is full or the kernel refuses
     */
    public boolean add(AuthTok tok) throws ToolFailure {
        try {
            return keyring.add(tok);
        } catch (LinuxException e) {
            throw e.errno() == Errno.EDQUOT
                    ? full("cannot add key " + tok.signature())
                    : new ToolFailure(ToolFailure.EIO, "cannot add key " + tok.signature() + ": " + e.getMessage(), "");
        }
    }

    /**
     * Whether the keyring has a token with this signature for another module or with other parameters.
     *
     * @param tok is not closed
     * @throws ToolFailure EIO if the keyring cannot be read, or the key with this signature is not a token
     */
    public boolean holdsAnother(AuthTok tok) throws ToolFailure {
        try (AuthTok held = keyring.find(tok.signature()).orElse(null)) {
            return held instanceof AuthTok.PrivateKey there
                    && tok instanceof AuthTok.PrivateKey wanted
                    && !(there.alias().equals(wanted.alias()) && there.blob().sameBytesAs(wanted.blob()));
        } catch (LinuxException | MalformedAuthTokException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "key " + tok.signature() + " in the keyring cannot be used: " + e.getMessage(),
                    "remove it (keyctl show @u, keyctl unlink) and mount again");
        }
    }

    private static ToolFailure full(String consequence) {
        return new ToolFailure(
                ToolFailure.EIO,
                "the keyring is full: " + consequence,
                "remove unused keys (keyctl show @u, keyctl unlink), or raise /proc/sys/kernel/keys/maxbytes");
    }
}
