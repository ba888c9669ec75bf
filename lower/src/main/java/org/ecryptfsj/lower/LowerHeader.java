package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;

/**
 * A header that the kernel would accept.
 *
 * @param metadata its first bytes
 * @param place where it stands
 * @param keys the encrypted file key, once for each key that opens the file, in the order of the packets; at least one
 */
public record LowerHeader(Metadata metadata, Place place, List<KeyPacket> keys) {
    /** Bytes of a header that are looked at. */
    public static final int READ_BYTES = 4096;

    private static final int NEWEST_VERSION = 3;

    /** Where a header stands. */
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
     * Reads a header from index 0 of a buffer, of which at most {@link #READ_BYTES} are looked at.
     *
     * @throws MalformedLowerException if it is none, or not one the kernel would accept
     */
    public static LowerHeader read(ByteBuffer bytes, Place place) throws MalformedLowerException {
        Metadata metadata = Metadata.read(bytes);
        require(
                metadata.version() <= NEWEST_VERSION,
                "the header has version " + metadata.version() + " at byte 16, newer than " + NEWEST_VERSION);
        require(
                metadata.plainSize() >= 0,
                "the header says that the file has " + Long.toUnsignedString(metadata.plainSize())
                        + " bytes, which no file has");
        require(
                place == Place.ATTRIBUTE || metadata.headerBytes() >= Metadata.MIN_HEADER_BYTES,
                "the header says at byte 20 that it has " + metadata.headerBytes() + " bytes, fewer than "
                        + Metadata.MIN_HEADER_BYTES);
        ByteBuffer in = bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
        in.limit(Math.min(in.limit(), READ_BYTES))
                .position(metadata.version() == 0 ? Metadata.MIN_BYTES : Metadata.BYTES);
        List<KeyPacket> keys = KeyPacketParser.read(in);
        require(!metadata.isEncrypted() || !keys.isEmpty(), "the header holds no file key");
        return new LowerHeader(metadata, place, keys);
    }

    /** Where in the file the contents begin. */
    public long contentsAt() {
        return place == Place.FILE ? metadata.headerBytes() : 0;
    }

    private static void require(boolean condition, String problem) throws MalformedLowerException {
        if (!condition) {
            throw new MalformedLowerException(problem);
        }
    }
}
