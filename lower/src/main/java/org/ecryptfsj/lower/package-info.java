/**
 * Reads lower files and names, which eCryptfs writes below a mount, without the kernel (docs/spec/file-format.md, packets.md sections 1 and 7 to 11).
 *
 * <p>Start at {@link org.ecryptfsj.lower.LowerFile} for files and at {@link org.ecryptfsj.lower.EncryptedName} for names and
 * symlink targets. Bytes are parsed here; invalid ones are refused with a {@link
 * org.ecryptfsj.lower.MalformedLowerException} that names the error and its position. Keys are {@code Secret}s; only the
 * ciphers' key schedules are on the heap, until the reader is closed.
 */
package org.ecryptfsj.lower;
