package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first bytes of a header, which are not encrypted (docs/spec/file-format.md, section 1). Frozen: it is on disks.
 * Integers are big endian.
 *
 * <table>
 * <caption>Bytes</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>8</td><td>size of the decrypted contents</td></tr>
 * <tr><td>8</td><td>4</td><td>marker: a random number</td></tr>
 * <tr><td>12</td><td>4</td><td>marker: that number xor 0x3c81b7f5</td></tr>
 * <tr><td>16</td><td>4</td><td>flags; the top byte is the file version</td></tr>
 * <tr><td>20</td><td>4</td><td>size of a header extent; from version 1 on</td></tr>
 * <tr><td>24</td><td>2</td><td>number of header extents; from version 1 on</td></tr>
 * </table>
 *
 * @param plainSize size of the decrypted contents, an unsigned number
 * @param version the file version
 * @param flags the lower three bytes of the flags
 * @param headerBytes the header's stated size; not the offset of the contents if the header is in an attribute
 */
public record Metadata(long plainSize, int version, int flags, long headerBytes) {
    /** The smallest number of bytes that can be read. */
    public static final int MIN_BYTES = 20;

    /** The number of bytes before the packets. */
    static final int BYTES = 26;

    /** The smallest size of a header. */
    public static final int MIN_HEADER_BYTES = 8192;

    private static final int MARKER = 0x3c81b7f5;
    private static final int AT_MARKER = 8;
    private static final int AT_FLAGS = 16;
    private static final int AT_EXTENT_SIZE = 20;
    private static final int AT_EXTENTS = 24;

    private static final int HMAC = 0x1;
    private static final int ENCRYPTED = 0x2;
    private static final int IN_ATTRIBUTE = 0x4;
    private static final int ENCRYPTED_NAMES = 0x8;
    private static final int FLAGS = 0xffffff;

    /** Whether the buffer, from index 0, has at least {@link #MIN_BYTES} bytes and the marker. */
    public static boolean hasMarker(ByteBuffer header) {
        ByteBuffer in = header.duplicate().order(ByteOrder.BIG_ENDIAN);
        return in.limit() >= MIN_BYTES && (in.getInt(AT_MARKER) ^ MARKER) == in.getInt(AT_MARKER + Integer.BYTES);
    }

    /**
     * Parses the bytes from index 0 of a buffer; the numbers are not checked.
     *
     * @throws MalformedLowerException if there is no marker, or the bytes end too early
     */
    public static Metadata read(ByteBuffer header) throws MalformedLowerException {
        if (!hasMarker(header)) {
            throw new MalformedLowerException("the header has no eCryptfs marker at byte " + AT_MARKER);
        }
        ByteBuffer in = header.duplicate().order(ByteOrder.BIG_ENDIAN);
        int flags = in.getInt(AT_FLAGS);
        int version = flags >>> 24;
        if (version > 0 && in.limit() < BYTES) {
            throw new MalformedLowerException("the header ends at byte " + in.limit() + ", before its size");
        }
        long headerBytes = version == 0
                ? MIN_HEADER_BYTES
                : Integer.toUnsignedLong(in.getInt(AT_EXTENT_SIZE)) * Short.toUnsignedInt(in.getShort(AT_EXTENTS));
        return new Metadata(in.getLong(0), version, flags & FLAGS, headerBytes);
    }

    /** The same with another size of the contents. */
    Metadata withPlainSize(long size) {
        return new Metadata(size, version, flags, headerBytes);
    }

    /** The same with another size of the header. */
    Metadata withHeaderBytes(long bytes) {
        return new Metadata(plainSize, version, flags, bytes);
    }

    /** Whether the contents are encrypted. */
    public boolean isEncrypted() {
        return (flags & ENCRYPTED) != 0;
    }

    /** Whether the flag for authenticated contents is set, which no kernel implements. */
    public boolean hasHmac() {
        return (flags & HMAC) != 0;
    }

    /** Whether the flag for a header in the extended attribute is set. */
    public boolean isInAttribute() {
        return (flags & IN_ATTRIBUTE) != 0;
    }

    /** Whether the file was written on a mount that encrypts names. */
    public boolean hasEncryptedNames() {
        return (flags & ENCRYPTED_NAMES) != 0;
    }

    /** Whether a flag is set that this program does not know. */
    public boolean hasUnknownFlags() {
        return (flags & ~(HMAC | ENCRYPTED | IN_ATTRIBUTE | ENCRYPTED_NAMES)) != 0;
    }
}
