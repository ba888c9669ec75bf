package org.ecryptfsj.keyring;

/**
 * A key of the user keyring does not hold an authentication token of the known layout. The message says what is wrong with
 * it and never shows the contents. Whoever put the key there has to replace it.
 */
public final class MalformedAuthTokException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedAuthTokException(String message) {
        super(message);
    }
}
