package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The one file of an output directory that is being written: for its owner only, under a name of its own, until it is whole
 * and gets the name it shall have. Blocks of zeros become holes.
 */
final class PartFile implements AutoCloseable {
    /** Its name in the output directory. */
    static final String NAME = ".ecryptfs-decrypt.part";

    private static final int HOLE_BYTES = 4096;

    private final Path path;
    private final FileChannel channel;
    private long size;
    private boolean inPlace;

    private PartFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Begins a file; what an earlier run left unfinished goes. */
    static PartFile create(Path directory) throws OutputException {
        Path path = directory.resolve(NAME);
        try {
            Files.deleteIfExists(path);
            return new PartFile(
                    path,
                    FileChannel.open(
                            path,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
        } catch (IOException e) {
            throw OutputException.in(path.getParent(), e);
        }
    }

    /** A symlink that is moved into place at once, over what stands there. */
    static void placeSymlink(Path directory, Path target, LowerEntry lower, boolean withOwner, Path place)
            throws OutputException {
        Path path = directory.resolve(NAME);
        try {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, target);
            lower.applyOwnerTo(path, withOwner);
            Files.move(path, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw OutputException.in(path.getParent(), e);
        }
    }

    /** Appends the buffer's remaining bytes. */
    void append(ByteBuffer bytes) throws OutputException {
        try {
            while (bytes.hasRemaining()) {
                ByteBuffer block = bytes.slice(bytes.position(), Math.min(HOLE_BYTES, bytes.remaining()));
                bytes.position(bytes.position() + block.remaining());
                int length = block.remaining();
                if (!isZero(block)) {
                    while (block.hasRemaining()) {
                        channel.write(block, size + block.position());
                    }
                }
                size += length;
            }
        } catch (IOException e) {
            throw OutputException.in(path.getParent(), e);
        }
    }

    private static boolean isZero(ByteBuffer block) {
        for (int i = 0; i < block.limit(); i++) {
            if (block.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Gives the file owner, mode and time of the lower one, and its place, over what stands there. */
    void place(LowerEntry lower, boolean withOwner, Path place) throws OutputException {
        try {
            if (channel.size() < size) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
            channel.close();
            lower.applyTo(path, withOwner);
            Files.move(path, place, StandardCopyOption.ATOMIC_MOVE);
            inPlace = true;
        } catch (IOException e) {
            throw OutputException.in(path.getParent(), e);
        }
    }

    long size() {
        return size;
    }

    /** Removes it, if it was not placed. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!inPlace) {
            Files.deleteIfExists(path);
        }
    }
}
