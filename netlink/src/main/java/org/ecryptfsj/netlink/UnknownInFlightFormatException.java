package org.ecryptfsj.netlink;

/** The in-flight store of an earlier process has a format that this one cannot read: its requests cannot be answered. */
public final class UnknownInFlightFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownInFlightFormatException(String why) {
        super(why);
    }
}
