package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * A file that is being written: under a temporary name and for its owner only, until it is complete and is renamed.
 * Blocks of zero bytes become holes.
 */
final class PartialFile implements AutoCloseable {
    private static final int HOLE_BYTES = 4096;

    private final PartialFiles names;
    private final FileName name;
    private final TreeFile file;
    private boolean renamed;

    /** @param names gets the temporary name back */
    PartialFile(PartialFiles names, FileName name, TreeFile file) {
        this.names = names;
        this.name = name;
        this.file = file;
    }

    /** The file, to set its attributes. */
    TreeFile file() {
        return file;
    }

    /** Writes the buffer's remaining bytes at a position. Several threads may write to different positions. */
    void write(long position, ByteBuffer bytes) throws OutputWriteException {
        int start = bytes.position();
        int limit = bytes.limit();
        try {
            while (bytes.position() < limit) {
                int from = bytes.position();
                int end = endOfRun(bytes, from, limit);
                if (!isZero(bytes, from, Math.min(limit, from + HOLE_BYTES))) {
                    file.write(position + from - start, bytes.limit(end));
                }
                bytes.limit(limit).position(end);
            }
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** The end of the run of blocks that are all zero, or all not zero, as the first one. */
    private static int endOfRun(ByteBuffer bytes, int from, int limit) {
        int end = Math.min(limit, from + HOLE_BYTES);
        boolean zero = isZero(bytes, from, end);
        while (end < limit && isZero(bytes, end, Math.min(limit, end + HOLE_BYTES)) == zero) {
            end = Math.min(limit, end + HOLE_BYTES);
        }
        return end;
    }

    private static boolean isZero(ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to) {
            if (bytes.getLong(at) != 0) {
                return false;
            }
            at += Long.BYTES;
        }
        while (at < to) {
            if (bytes.get(at) != 0) {
                return false;
            }
            at++;
        }
        return true;
    }

    /** Sets the size if the file ends with a hole. */
    void complete(long size) throws OutputWriteException {
        try {
            if (file.status().size() < size) {
                file.setSize(size);
            }
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Renames the file to its final name and replaces an existing file. */
    void place(TreeDirectory directory, FileName finalName) throws OutputWriteException {
        try {
            names.top().rename(name, directory, finalName);
            renamed = true;
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Removes the file if it was not renamed. */
    @Override
    public void close() throws TreeException {
        file.close();
        try {
            if (!renamed) {
                names.top().remove(name);
            }
        } finally {
            names.release(name);
        }
    }
}
