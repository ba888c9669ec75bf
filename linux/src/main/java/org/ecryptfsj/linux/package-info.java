/**
 * Every call into libc, in one room.
 *
 * <p>{@link org.ecryptfsj.linux.LibC} is the only interface to the C library and stays inside this package; the public
 * classes above it speak Java: types instead of integers, {@link org.ecryptfsj.linux.LinuxException} instead of -1, and
 * EINTR never leaves.
 */
package org.ecryptfsj.linux;
