package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;

/**
 * A header that the kernel would accept.
 *
 * @param metadata its first bytes
 * @param place its place: in the file or in an attribute
 * @param keys the encrypted file key, once for each key that opens the file, in the order of the packets, without dropped keys; at
 *     least one if the contents are encrypted
 */
public record LowerHeader(Metadata metadata, Place place, List<KeyPacket> keys) {
    /** The number of bytes that are read of a header. */
    public static final int READ_BYTES = 4096;

    private static final int NEWEST_VERSION = 3;

    /** The place of a header. */
    public enum Place {
        /** At the front of the file. */
        FILE,
        /** In the extended attribute {@code user.ecryptfs}; the contents begin at the file's first byte. */
        ATTRIBUTE
    }

    /** @throws NullPointerException if a component is null */
    public LowerHeader {
        Objects.requireNonNull(metadata);
        Objects.requireNonNull(place);
        keys = List.copyOf(keys);
    }

    /**
     * Reads a header from index 0 of a buffer, of which at most {@link #READ_BYTES} are read.
     *
     * @throws MalformedLowerException if it is not a header that the kernel would accept
     */
    public static LowerHeader read(ByteBuffer bytes, Place place) throws MalformedLowerException {
        LowerHeader header = readWithoutSizes(bytes, place);
        Metadata metadata = header.metadata();
        require(
                metadata.plainSize() >= 0,
                "the header states a file size of " + Long.toUnsignedString(metadata.plainSize())
                        + " bytes, which is impossible");
        require(
                place == Place.ATTRIBUTE || metadata.headerBytes() >= Metadata.MIN_HEADER_BYTES,
                "the header states at byte 20 a size of " + metadata.headerBytes() + " bytes, fewer than "
                        + Metadata.MIN_HEADER_BYTES);
        return header;
    }

    /**
     * The same without a check of the sizes that it states.
     *
     * @throws MalformedLowerException if its packets or its version are not those that the kernel would accept
     */
    static LowerHeader readWithoutSizes(ByteBuffer bytes, Place place) throws MalformedLowerException {
        Metadata metadata = Metadata.read(bytes);
        require(
                metadata.version() <= NEWEST_VERSION,
                "the header has version " + metadata.version() + " at byte 16, newer than " + NEWEST_VERSION);
        ByteBuffer in = bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
        in.limit(Math.min(in.limit(), READ_BYTES))
                .position(metadata.version() == 0 ? Metadata.MIN_BYTES : Metadata.BYTES);
        List<KeyPacket> keys = KeyPacketParser.read(in).stream()
                .filter(key -> !key.signature().equals(KeyPacket.DROPPED))
                .toList();
        require(!metadata.isEncrypted() || !keys.isEmpty(), "the header contains no file key");
        return new LowerHeader(metadata, place, keys);
    }

    /** The offset of the contents in the file. */
    public long contentsAt() {
        return place == Place.FILE ? metadata.headerBytes() : 0;
    }

    private static void require(boolean condition, String problem) throws MalformedLowerException {
        if (!condition) {
            throw new MalformedLowerException(problem);
        }
    }
}
