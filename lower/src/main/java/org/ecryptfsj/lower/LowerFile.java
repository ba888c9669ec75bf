package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.Optional;
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
     * Its contents, readable while the file is open; closed by the caller.
     *
     * @param key owned by the caller, and not used after this returns
     */
    public DecryptedContent contents(FileKey key) {
        return DecryptedContent.encrypted(file, header, key);
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
        return DecryptedContent.plain(file, header);
    }

    @Override
    public void close() {
        file.close();
    }
}
