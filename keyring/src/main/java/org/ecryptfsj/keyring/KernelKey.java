package org.ecryptfsj.keyring;

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
    /**
     * Revokes the key: files that the kernel does not have in its cache cannot be opened any more, and none can be created.
     *
     * @throws LinuxException EACCES for other users than the one who mounted, ENOKEY if the key does not exist any more
     */
    public void revoke() throws LinuxException {
        Keyctl.revoke(serial);
    }
}
