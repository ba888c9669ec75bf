/**
 * The kernel channel: bytes in, typed requests out, and replies back.
 *
 * <p>Start with {@link org.ecryptfsj.netlink.KernelChannel}. This package parses frames into
 * {@link org.ecryptfsj.netlink.Message}s; its callers parse nothing. File keys move from the locked read buffer into a
 * {@link org.ecryptfsj.keymodule.Secret}, and from there into a locked write buffer, never over the heap.
 */
package org.ecryptfsj.netlink;
