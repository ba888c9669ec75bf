package org.ecryptfsj.keyring;

/**
 * A key of the user keyring is not an authentication token of the known layout. The message names the error and never contains
 * the contents. The key must be added again.
 */
public final class MalformedAuthTokException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedAuthTokException(String message) {
        super(message);
    }
}
