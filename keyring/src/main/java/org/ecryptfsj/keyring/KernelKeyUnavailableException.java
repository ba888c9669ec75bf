package org.ecryptfsj.keyring;

import java.io.IOException;

/** The running kernel has no keys of type {@code encrypted} (CONFIG_ENCRYPTED_KEYS): it cannot hold a mount key. */
public final class KernelKeyUnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    KernelKeyUnavailableException(Throwable cause) {
        super("the running kernel has no keys of type encrypted (CONFIG_ENCRYPTED_KEYS)", cause);
    }
}
