package org.ecryptfsj.linux;

/**
 * A time of a file. A 64-bit number of nanoseconds could not represent all of them.
 *
 * @param seconds since 1970
 * @param nanos 0 to 999,999,999, added to the seconds
 */
public record FileTimestamp(long seconds, int nanos) {}
