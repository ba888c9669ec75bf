package org.ecryptfsj.netlink;

/** A tag packet or a length in it cannot be parsed. Not visible outside this package: the parsers convert it. */
final class MalformedPacketException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedPacketException(String message) {
        super(message);
    }

    MalformedPacketException(String message, Throwable cause) {
        super(message, cause);
    }
}
