package org.ecryptfsj.netlink;

import java.io.IOException;

/**
 * What came in on the channel is no message: it does not say whom to answer. The message names what is wrong with it, never
 * its contents.
 */
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }
}
