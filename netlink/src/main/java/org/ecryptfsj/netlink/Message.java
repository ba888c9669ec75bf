package org.ecryptfsj.netlink;

import java.util.Objects;

/**
 * A request and the two numbers that identify it to the kernel; the reply carries the same ones (docs/spec/channel.md, section 2).
 *
 * @param index slot in the kernel's table of requests
 * @param counter sequence number, unsigned
 * @param request the request; closed with the message
 */
public record Message(int index, int counter, Request request) implements AutoCloseable {
    /** @throws NullPointerException if the request is null */
    public Message {
        Objects.requireNonNull(request);
    }

    /** Wipes the request's secrets. */
    @Override
    public void close() {
        request.close();
    }
}
