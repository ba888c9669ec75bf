package org.ecryptfsj.lower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.lower.LowerHeader.Place;

/**
 * A file below a mount, open for reading: its header, wherever that stands, and, given the key, its contents.
 */
public final class LowerFile implements AutoCloseable {
    private static final String ATTRIBUTE = "ecryptfs";

    private final FileChannel channel;
    private final LowerHeader header;

    private LowerFile(FileChannel channel, LowerHeader header) {
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file.
     *
     * @return closed by the caller; empty if neither the file nor its attribute bears eCryptfs' marker
     * @throws MalformedLowerException if it bears the marker, and what follows is damaged
     */
    public static Optional<LowerFile> open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            Optional<LowerHeader> header = headerOf(channel, path);
            if (header.isPresent()) {
                return Optional.of(new LowerFile(channel, header.get()));
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    /** The front of the file comes first, then the attribute, as with the kernel (spec file-format.md, section 2). */
    private static Optional<LowerHeader> headerOf(FileChannel channel, Path path) throws IOException {
        ByteBuffer front = front(channel);
        if (Metadata.hasMarker(front)) {
            return Optional.of(LowerHeader.read(front, Place.FILE));
        }
        Optional<ByteBuffer> attribute = attribute(path);
        return attribute.isPresent()
                ? Optional.of(LowerHeader.read(attribute.get(), Place.ATTRIBUTE))
                : Optional.empty();
    }

    /** The first bytes of a file, as many of {@link LowerHeader#READ_BYTES} as it has. */
    public static ByteBuffer front(FileChannel channel) throws IOException {
        ByteBuffer front = ByteBuffer.allocate(LowerHeader.READ_BYTES);
        int count = 0;
        while (front.hasRemaining() && count >= 0) {
            count = channel.read(front, front.position());
        }
        return front.flip();
    }

    /** The header in a file's extended attribute; empty if there is none with eCryptfs' marker. */
    public static Optional<ByteBuffer> attribute(Path path) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null || !names(view, path).contains(ATTRIBUTE)) {
            return Optional.empty();
        }
        int size = view.size(ATTRIBUTE);
        if (size < Metadata.MIN_BYTES || size > LowerHeader.READ_BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        view.read(ATTRIBUTE, bytes);
        bytes.flip();
        return Metadata.hasMarker(bytes) ? Optional.of(bytes) : Optional.empty();
    }

    /** A file system without extended attributes has none on any file. */
    private static List<String> names(UserDefinedFileAttributeView view, Path path) throws IOException {
        try {
            return view.list();
        } catch (FileSystemException e) {
            if (Files.getFileStore(path).supportsFileAttributeView(UserDefinedFileAttributeView.class)) {
                throw e;
            }
            return List.of();
        }
    }

    /** Its header. */
    public LowerHeader header() {
        return header;
    }

    /**
     * Its contents, readable until this is closed; they are to be closed too.
     *
     * @param key stays the caller's, and is not used again once this returns
     */
    public Contents contents(FileKey key) {
        return Contents.encrypted(channel, header, key);
    }

    /**
     * Its contents, if they are not encrypted; to be closed as the others.
     *
     * @throws IllegalStateException if they are
     */
    public Contents contents() {
        if (header.metadata().isEncrypted()) {
            throw new IllegalStateException("the contents are encrypted, and no key is given");
        }
        return Contents.plain(channel, header);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
