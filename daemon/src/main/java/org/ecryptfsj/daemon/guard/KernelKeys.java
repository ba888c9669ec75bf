package org.ecryptfsj.daemon.guard;

import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.linux.LinuxException;

/** The kernel's keys by their numbers; tests have others. */
interface KernelKeys {
    /** @throws LinuxException if the kernel does not tell */
    KernelKey.State state(KernelKey key) throws LinuxException;

    /** @throws LinuxException if the kernel refuses */
    void revoke(KernelKey key) throws LinuxException;

    /** Those of the running kernel. */
    static KernelKeys ofThisMachine() {
        return new KernelKeys() {
            @Override
            public KernelKey.State state(KernelKey key) throws LinuxException {
                return key.state();
            }

            @Override
            public void revoke(KernelKey key) throws LinuxException {
                key.revoke();
            }
        };
    }
}
