/**
 * The kernel channel: bytes in, typed requests out, and replies back.
 *
 * <p>{@link org.ecryptfsj.netlink.KernelChannel} is where to begin. A frame becomes a
 * {@link org.ecryptfsj.netlink.Message} at this door, and behind it nobody parses. File keys go from the locked receive
 * buffer into a {@link org.ecryptfsj.keymodule.Secret}, and from there into a locked send buffer, never over the heap.
 */
package org.ecryptfsj.netlink;
