package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * An open lower file: its header, in the file or in an attribute, and, with the key, its contents.
 *
 * @param file closed with it
 * @param header its header
 */
public record LowerFile(TreeFile file, LowerHeader header) implements AutoCloseable {
    private static final String ATTRIBUTE = "user.ecryptfs";

    /** The largest page, and so the largest header. */
    static final int MAX_PAGE_BYTES = 65536;

    /**
     * Reads the header of a file. The front of the file is tried first, then the attribute, as in the kernel
     * (docs/spec/file-format.md, section 2).
     *
     * @param file closed with the result; if the result is empty, by the caller
     * @return closed by the caller; empty if neither the file nor its attribute has eCryptfs' marker
     * @throws MalformedLowerException if it has the marker, but the header is damaged
     */
    public static Optional<LowerFile> of(TreeFile file) throws TreeException, MalformedLowerException {
        ByteBuffer front = front(file);
        if (Metadata.hasMarker(front)) {
            return Optional.of(new LowerFile(file, LowerHeader.read(front, Place.FILE)));
        }
        Optional<ByteBuffer> attribute = attribute(file);
        return attribute.isPresent()
                ? Optional.of(new LowerFile(file, LowerHeader.read(attribute.get(), Place.ATTRIBUTE)))
                : Optional.empty();
    }

    /** The first bytes of a file, as many of {@link LowerHeader#READ_BYTES} as it has. */
    public static ByteBuffer front(TreeFile file) throws TreeException {
        ByteBuffer read = DecryptedContent.fromFile(LowerHeader.READ_BYTES);
        int count = 1;
        while (read.hasRemaining() && count > 0) {
            count = file.read(read.position(), read);
        }
        byte[] front = new byte[read.flip().remaining()];
        read.get(front);
        return ByteBuffer.wrap(front);
    }

    /** The header in a file's extended attribute; empty if there is none with eCryptfs' marker. */
    public static Optional<ByteBuffer> attribute(TreeFile file) throws TreeException {
        return file.attribute(ATTRIBUTE, LowerHeader.READ_BYTES).filter(Metadata::hasMarker);
    }

    /**
     * The keys in its header, as the disk has them now.
     *
     * @throws MalformedLowerException if the header is damaged
     */
    public HeaderKeys keys() throws TreeException, MalformedLowerException {
        if (header.place() == Place.FILE) {
            return HeaderKeys.read(front(file));
        }
        return HeaderKeys.read(attribute(file)
                .orElseThrow(
                        () -> new MalformedLowerException("the header in the attribute was removed during the run")));
    }

    /**
     * Changes bytes of the header in the file. The time of the file's last change stays.
     *
     * @throws IllegalStateException if the header is in an attribute
     */
    public void patch(HeaderPatch patch) throws TreeException {
        if (header.place() != Place.FILE) {
            throw new IllegalStateException("a header in an attribute is replaced in one step");
        }
        FileTimestamp modified = file.status().modified();
        byte[] bytes = patch.bytes().bytes();
        file.write(
                patch.at(), DecryptedContent.fromFile(bytes.length).put(bytes).flip());
        file.setModified(modified);
    }

    /**
     * Replaces the header in the attribute, in one step.
     *
     * @throws IllegalStateException if the header is in the file
     */
    public void replaceAttribute(byte[] header) throws TreeException {
        if (this.header.place() != Place.ATTRIBUTE) {
            throw new IllegalStateException("a header in the file is changed by patches");
        }
        file.setAttribute(
                ATTRIBUTE, DecryptedContent.fromFile(header.length).put(header).flip());
    }

    /**
     * Its contents, readable while the file is open; closed by the caller.
     *
     * @param key owned by the caller, and not used after this returns
     */
    public DecryptedContent contents(FileKey key) {
        return DecryptedContent.encrypted(this, key);
    }

    /**
     * Its contents, if they are not encrypted; closed by the caller.
     *
     * @throws IllegalStateException if they are
     */
    public DecryptedContent contents() {
        if (header.metadata().isEncrypted()) {
            throw new IllegalStateException("the contents are encrypted, and no key is given");
        }
        return DecryptedContent.plain(this);
    }

    /**
     * Checks that the file has all the bytes that its header states, without reading them. Encrypted contents have no holes: a
     * file with a hole was not written completely, or its size was forged.
     *
     * @throws MalformedLowerException naming what is missing
     */
    public void requireWhole() throws TreeException, MalformedLowerException {
        requireAllExtents();
        requireNoHole();
    }

    /**
     * Checks that the file does not end before its contents do.
     *
     * @throws MalformedLowerException naming what is missing
     */
    public void requireAllExtents() throws TreeException, MalformedLowerException {
        long size = header.metadata().plainSize();
        if (size == 0) {
            return;
        }
        long found = file.status().size() - header.contentsAt();
        long last = rest(size, DecryptedContent.EXTENT_BYTES);
        if (found < size || found - size < last) {
            throw truncated(Math.max(0, found));
        }
    }

    /**
     * Checks that encrypted contents have no hole, also in a file that ends too early.
     *
     * @throws MalformedLowerException with the position
     */
    public void requireNoHole() throws TreeException, MalformedLowerException {
        long size = header.metadata().plainSize();
        long end = Math.min(file.status().size() - header.contentsAt(), size);
        if (!header.metadata().isEncrypted() || size == 0 || end <= 0) {
            return;
        }
        long hole = file.nextHole(header.contentsAt());
        if (hole - header.contentsAt() < end) {
            throw new MalformedLowerException("the file has a hole at byte " + hole
                    + " within its encrypted contents: it was not written completely, or its size was forged");
        }
    }

    /**
     * Checks that the file ends with its contents. The kernel writes whole pages, so less than a page may follow them.
     *
     * @throws MalformedLowerException with the number of bytes that follow
     */
    public void requireNothingBehind() throws TreeException, MalformedLowerException {
        long size = header.metadata().plainSize();
        long padding = Math.max(rest(size, DecryptedContent.EXTENT_BYTES), rest(size, pageBytes()));
        long behind = file.status().size() - header.contentsAt() - size - padding;
        if (behind > 0) {
            throw new MalformedLowerException(
                    "the file has " + behind + " bytes behind its contents, which have " + size
                            + " bytes by its header: the header was not updated after the last write or was changed, or bytes were"
                            + " appended");
        }
    }

    /** The size of the writing machine's pages, as far as the header tells. */
    private int pageBytes() {
        if (header.place() == Place.ATTRIBUTE) {
            return MAX_PAGE_BYTES;
        }
        long headerBytes = header.metadata().headerBytes();
        return headerBytes > Metadata.MIN_HEADER_BYTES
                ? (int) Math.min(MAX_PAGE_BYTES, headerBytes)
                : DecryptedContent.EXTENT_BYTES;
    }

    private static long rest(long size, int unit) {
        return size % unit == 0 ? 0 : unit - size % unit;
    }

    /** @param read the number of bytes of the contents that the file has */
    MalformedLowerException truncated(long read) throws TreeException {
        int extentBytes = DecryptedContent.EXTENT_BYTES;
        return new MalformedLowerException("the file is truncated at extent " + read / extentBytes + " of 0 to "
                + (header.metadata().plainSize() - 1) / extentBytes + ": it ends at byte "
                + file.status().size() + ", with " + read % extentBytes + " of that extent's " + extentBytes
                + " bytes");
    }

    @Override
    public void close() {
        file.close();
    }
}
