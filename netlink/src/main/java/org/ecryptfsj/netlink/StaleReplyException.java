package org.ecryptfsj.netlink;

import java.io.IOException;
import org.ecryptfsj.linux.LinuxException;

/**
 * The kernel refuses a reply, because the requester has given up or has a reply already (docs/spec/channel.md, section 3,
 * "write"). The channel is still usable.
 */
public final class StaleReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    StaleReplyException(Message request, LinuxException cause) {
        super(
                "the kernel no longer waits for the reply to request " + Integer.toUnsignedString(request.counter()),
                cause);
    }
}
