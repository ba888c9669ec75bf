package org.ecryptfsj.netlink;

import java.io.IOException;

/**
 * A frame that is not a message, so that no reply is possible. The exception's message says what is wrong with the frame, never
 * its contents.
 */
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }
}
