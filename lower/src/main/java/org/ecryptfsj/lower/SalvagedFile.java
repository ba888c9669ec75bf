package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * A damaged lower file, with a header that fits what is left of it. Its contents are read with {@link
 * DecryptedContent#toleratingGaps}.
 *
 * @param file the file
 * @param damages what was wrong with the header or the size, for the user; empty if nothing was
 */
public record SalvagedFile(LowerFile file, List<String> damages) {
    /** Larger sizes are taken as damaged: 16 TiB, the largest file of ext4. */
    private static final long MAX_PLAIN_BYTES = 1L << 44;

    /** @throws NullPointerException if a component is null */
    public SalvagedFile {
        Objects.requireNonNull(file);
        damages = List.copyOf(damages);
    }

    /**
     * Reads a file's header and corrects its sizes.
     *
     * @param file closed with the result; if the result is empty, by the caller
     * @param fill whether the contents keep their stated size, with zeros in the place of what is missing at the end; otherwise
     *     they end where the file ends
     * @return empty if neither the file nor its attribute has eCryptfs' marker
     * @throws MalformedLowerException if the header has no key packets that can be read
     */
    public static Optional<SalvagedFile> of(TreeFile file, boolean fill) throws TreeException, MalformedLowerException {
        ByteBuffer front = LowerFile.front(file);
        if (Metadata.hasMarker(front)) {
            return Optional.of(of(file, front, Place.FILE, fill));
        }
        Optional<ByteBuffer> attribute = LowerFile.attribute(file);
        return attribute.isPresent() ? Optional.of(of(file, attribute.get(), Place.ATTRIBUTE, fill)) : Optional.empty();
    }

    /**
     * The same for a file whose header is gone, with the header of another file: a copy of this file's header, or a file with the
     * same file key.
     *
     * @param file closed with the result
     * @param like has the header at its front or in its attribute; owned by the caller
     * @throws MalformedLowerException if the other file has no header with key packets that can be read
     */
    public static SalvagedFile with(TreeFile file, TreeFile like, boolean fill)
            throws TreeException, MalformedLowerException {
        ByteBuffer front = LowerFile.front(like);
        SalvagedFile salvaged;
        if (Metadata.hasMarker(front)) {
            salvaged = of(file, front, Place.FILE, fill);
        } else {
            ByteBuffer attribute = LowerFile.attribute(like)
                    .orElseThrow(() -> new MalformedLowerException("the file for the header has none itself"));
            salvaged = of(file, attribute, Place.ATTRIBUTE, fill);
        }
        List<String> damages = new ArrayList<>(List.of("the header was taken from another file"));
        damages.addAll(salvaged.damages());
        return new SalvagedFile(salvaged.file(), damages);
    }

    private static SalvagedFile of(TreeFile file, ByteBuffer header, Place place, boolean fill)
            throws TreeException, MalformedLowerException {
        List<String> damages = new ArrayList<>();
        long fileBytes = file.status().size();
        LowerHeader read = LowerHeader.readWithoutSizes(header, place);
        Metadata metadata = headerSize(read.metadata(), place, fileBytes, damages);
        long available = wholeExtents(fileBytes - (place == Place.FILE ? metadata.headerBytes() : 0));
        metadata = metadata.withPlainSize(plainSize(metadata, available, fill, damages));
        return new SalvagedFile(new LowerFile(file, new LowerHeader(metadata, place, read.keys())), damages);
    }

    private static Metadata headerSize(Metadata metadata, Place place, long fileBytes, List<String> damages) {
        long stated = metadata.headerBytes();
        boolean possible = stated >= Metadata.MIN_HEADER_BYTES
                && stated <= LowerFile.MAX_PAGE_BYTES
                && (stated == Metadata.MIN_HEADER_BYTES || stated <= fileBytes);
        if (place == Place.ATTRIBUTE || possible) {
            return metadata;
        }
        damages.add("the header states an impossible size of itself, " + stated + " bytes; " + Metadata.MIN_HEADER_BYTES
                + " were assumed");
        return metadata.withHeaderBytes(Metadata.MIN_HEADER_BYTES);
    }

    private static long plainSize(Metadata metadata, long available, boolean fill, List<String> damages) {
        long stated = metadata.plainSize();
        if (stated < 0 || stated > MAX_PLAIN_BYTES) {
            damages.add("the header states an impossible size of the contents; " + available
                    + " bytes were delivered, as many as the file has whole extents");
            return available;
        }
        if (stated <= available) {
            return stated;
        }
        damages.add("the file is truncated: " + available + " of " + stated + " bytes are there"
                + (fill ? ", zeros are in the place of the others" : ""));
        return fill ? stated : available;
    }

    private static long wholeExtents(long bytes) {
        return Math.max(0, bytes) / DecryptedContent.EXTENT_BYTES * DecryptedContent.EXTENT_BYTES;
    }
}
