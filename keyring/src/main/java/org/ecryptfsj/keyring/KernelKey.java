package org.ecryptfsj.keyring;

import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;

/**
 * A mount key that the kernel holds and no process can read back (docs/spec/kernel-keys.md, section 2).
 *
 * @param serial the kernel's number of the key, by which its owner revokes it
 * @param signature its name in mount options
 */
public record KernelKey(int serial, Signature signature) {
    /** What is left of a key. */
    public enum State {
        /** The kernel holds it. */
        USABLE,
        /** The kernel holds it, but nothing can be opened with it. */
        REVOKED,
        /** It ended with the mount; its number can be another key's now. */
        GONE
    }

    /**
     * What is left of the key.
     *
     * @throws LinuxException EACCES if this process may not view the key of that number
     */
    public State state() throws LinuxException {
        String described;
        try {
            described = Keyctl.describe(serial);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOKEY) {
                return State.GONE;
            }
            if (e.errno() == Errno.EKEYREVOKED) {
                return State.REVOKED;
            }
            throw e;
        }
        boolean isThis = described.startsWith("encrypted;") && described.endsWith(";" + signature.hex());
        return isThis ? State.USABLE : State.GONE;
    }

    /**
     * Revokes the key: files that the kernel does not have in its cache cannot be opened any more, and none can be created.
     *
     * @throws LinuxException EACCES for other users than the one who mounted, ENOKEY if the key does not exist any more
     */
    public void revoke() throws LinuxException {
        Keyctl.revoke(serial);
    }
}
