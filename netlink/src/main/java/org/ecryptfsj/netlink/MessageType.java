package org.ecryptfsj.netlink;

import java.util.Optional;
import java.util.stream.Stream;

/** Type of a frame, with the same numbers on both channels (docs/spec/channel.md, section 2). */
enum MessageType {
    HELO(100),
    QUIT(101),
    REQUEST(102),
    RESPONSE(103);

    private final byte code;

    MessageType(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static Optional<MessageType> of(int code) {
        return Stream.of(values()).filter(type -> type.code == code).findFirst();
    }
}
