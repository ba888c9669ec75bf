package org.ecryptfsj.netlink;

import java.util.Objects;

/**
 * A request and what the kernel knows it by; the answer carries the same two numbers (docs/spec/channel.md, section 2).
 *
 * @param index the kernel's slot for the request
 * @param counter its sequence number, unsigned
 * @param request what is asked; owned by this
 */
public record Message(int index, int counter, Request request) implements AutoCloseable {
    /** @throws NullPointerException if there is no request */
    public Message {
        Objects.requireNonNull(request);
    }

    /** Wipes the request's secrets. */
    @Override
    public void close() {
        request.close();
    }
}
