package org.ecryptfsj.netlink;

/** What an earlier daemon left is no record this one can read: its requests cannot be answered. */
public final class UnknownInFlightFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownInFlightFormatException(String why) {
        super(why);
    }
}
