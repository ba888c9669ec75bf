/**
 * Every call into libc, and what the kernel says of this process in /proc.
 *
 * <p>{@link org.ecryptfsj.linux.LibC} and {@link org.ecryptfsj.linux.LibCFiles} are the only interfaces to the C library and stay inside this
 * package; the public classes above them have Java's types: objects instead of integers, {@link org.ecryptfsj.linux.LinuxException} instead of -1, and
 * EINTR is never visible.
 *
 * <p>{@link org.ecryptfsj.linux.NativeLibrary}, {@link org.ecryptfsj.linux.NativeFunction} and {@link org.ecryptfsj.linux.NativeMemory} are for
 * the modules that call libraries of their own; what calls them is made by the compiler.
 */
package org.ecryptfsj.linux;
