/**
 * The format of lower files and names, readable without the kernel: what eCryptfs writes below a mount (docs/spec/file-format.md, packets.md sections 1 and 7 to 11).
 *
 * <p>Start at {@link org.ecryptfsj.lower.LowerFile} for files and at {@link org.ecryptfsj.lower.EncryptedName} for names and
 * symlink targets. Bytes become types here, and what is not of the format is refused with a {@link
 * org.ecryptfsj.lower.MalformedLowerException} that says what is wrong, and where. Keys are {@code Secret}s; only the
 * ciphers' own key schedules live on the heap, as long as their reader does.
 */
package org.ecryptfsj.lower;
