package org.ecryptfsj.tree;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * A file by java.nio: contents through a channel, attributes by its name in its directory. Java cannot ask for holes, so a block
 * of {@value #BLOCK_BYTES} zero bytes counts as one.
 */
final class NioFile implements TreeFile {
    private static final int BLOCK_BYTES = 4096;
    private static final int BLOCKS_AT_ONCE = 64;
    private static final String USER_NAMESPACE = "user.";

    private final FileChannel channel;
    private final NioTrees trees;
    private volatile Place place;

    /**
     * Where the file is.
     *
     * @param name of the file in the directory
     */
    private record Place(NioDirectory directory, Path name) {
        Path path() {
            return directory.path().resolve(name);
        }

        BasicFileAttributeView view() {
            return directory.view(name);
        }
    }

    /**
     * Takes over a channel. The directory stays open until the file is closed.
     *
     * @param name of the file in the directory
     */
    NioFile(NioDirectory directory, Path name, FileChannel channel) {
        this.trees = directory.trees();
        this.place = new Place(directory, name);
        this.channel = channel;
        directory.retain();
        trees.opened(this);
    }

    boolean isAt(Path path) {
        return place.path().equals(path);
    }

    void moved(NioDirectory to, Path newName) {
        NioDirectory before = place.directory();
        to.retain();
        place = new Place(to, newName);
        before.release();
    }

    @Override
    public FileStatus status() throws TreeException {
        return NioErrors.call(() -> {
            FileStatus named = place.directory().status(place.name());
            return new FileStatus(
                    named.type(),
                    named.mode(),
                    named.uid(),
                    named.gid(),
                    named.links(),
                    channel.size(),
                    named.modified(),
                    named.changed(),
                    named.device(),
                    named.inode());
        });
    }

    @Override
    public int read(long position, ByteBuffer into) throws TreeException {
        return NioErrors.call(() -> Math.max(0, channel.read(into, position)));
    }

    @Override
    public void write(long position, ByteBuffer from) throws TreeException {
        NioErrors.run(() -> {
            long at = position;
            while (from.hasRemaining()) {
                at += channel.write(from, at);
            }
        });
    }

    @Override
    public void setSize(long size) throws TreeException {
        NioErrors.run(() -> {
            if (size > channel.size()) {
                channel.write(ByteBuffer.allocateDirect(1), size - 1);
            } else {
                channel.truncate(size);
            }
        });
    }

    @Override
    public void setMode(int mode) throws TreeException {
        NioDirectory.setMode(place.view(), mode, false);
    }

    @Override
    public void setOwner(int uid, int gid) throws TreeException {
        throw NioDirectory.noOwners();
    }

    @Override
    public void setModified(FileTimestamp time) throws TreeException {
        NioErrors.run(() -> place.view().setTimes(NioStatus.time(time), null, null));
    }

    @Override
    public Optional<ByteBuffer> attribute(String attribute, int maxBytes) throws TreeException {
        UserDefinedFileAttributeView view = userAttributes();
        if (view == null) {
            return Optional.empty();
        }
        String userName = userName(attribute);
        try {
            return NioErrors.call(() -> {
                if (!view.list().contains(userName) || view.size(userName) > maxBytes) {
                    return Optional.<ByteBuffer>empty();
                }
                ByteBuffer value = ByteBuffer.allocateDirect(maxBytes);
                view.read(userName, value);
                return Optional.of(value.flip());
            });
        } catch (TreeException e) {
            if (e.reason() == Reason.NOT_SUPPORTED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public void setAttribute(String attribute, ByteBuffer value) throws TreeException {
        UserDefinedFileAttributeView view = userAttributes();
        if (view == null) {
            throw new TreeException(Reason.NOT_SUPPORTED, "the file system has no extended attributes");
        }
        NioErrors.run(() -> view.write(userName(attribute), value.slice()));
    }

    /** Null if the file system has none. */
    private UserDefinedFileAttributeView userAttributes() {
        return Files.getFileAttributeView(place.path(), UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Java names the attributes of Linux' name space {@code user} without it. */
    private static String userName(String attribute) {
        if (!attribute.startsWith(USER_NAMESPACE)) {
            throw new IllegalArgumentException("only attributes of the name space user can be used");
        }
        return attribute.substring(USER_NAMESPACE.length());
    }

    @Override
    public long nextHole(long position) throws TreeException {
        return NioErrors.call(() -> firstBlock(position, true).orElse(channel.size()));
    }

    @Override
    public OptionalLong nextData(long position) throws TreeException {
        return NioErrors.call(() -> firstBlock(position, false));
    }

    /**
     * The position of the first block that is all zero, or is not. Blocks begin at multiples of their size; a part of one at the
     * position counts as one, and so does one at the end of the file.
     */
    private OptionalLong firstBlock(long position, boolean zero) throws IOException {
        ByteBuffer blocks = ByteBuffer.allocateDirect(BLOCKS_AT_ONCE * BLOCK_BYTES);
        long at = position;
        while (true) {
            blocks.clear().limit(blocks.capacity() - (int) (at % BLOCK_BYTES));
            while (blocks.hasRemaining() && channel.read(blocks, at + blocks.position()) > 0) {}
            int read = blocks.position();
            if (read == 0) {
                return OptionalLong.empty();
            }
            int from = 0;
            while (from < read) {
                int end = Math.min(read, from + BLOCK_BYTES - (int) ((at + from) % BLOCK_BYTES));
                if (isZero(blocks, from, end) == zero) {
                    return OptionalLong.of(at + from);
                }
                from = end;
            }
            at += read;
        }
    }

    private static boolean isZero(ByteBuffer bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean tryLock() throws TreeException {
        return NioErrors.call(() -> {
            try {
                return channel.tryLock() != null;
            } catch (OverlappingFileLockException e) {
                return false;
            }
        });
    }

    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        trees.closed(this);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            place.directory().release();
        }
    }
}
