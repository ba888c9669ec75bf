package org.ecryptfsj.netlink;

import java.io.IOException;
import org.ecryptfsj.linux.LinuxException;

/**
 * The kernel does not want this answer: who asked has given up, or was answered already (docs/spec/channel.md, section 3,
 * "write"). Nothing is wrong with the channel.
 */
public final class StaleReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    StaleReplyException(Message request, LinuxException cause) {
        super(
                "the kernel no longer waits for the answer to request " + Integer.toUnsignedString(request.counter()),
                cause);
    }
}
