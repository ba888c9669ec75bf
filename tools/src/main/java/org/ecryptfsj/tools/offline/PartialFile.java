package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * The file that is being written: under a temporary name and for its owner only, until it is complete and is renamed.
 * Blocks of zero bytes become holes.
 */
final class PartialFile implements AutoCloseable {
    /** Temporary name in the output directory. */
    static final FileName NAME = FileName.of(".ecryptfs-decrypt.part");

    private static final int HOLE_BYTES = 4096;

    private final TreeDirectory top;
    private final TreeFile file;
    private long size;
    private boolean renamed;

    private PartialFile(TreeDirectory top, TreeFile file) {
        this.top = top;
        this.file = file;
    }

    /** Creates the file and removes an incomplete one of an earlier run. */
    static PartialFile create(TreeDirectory top) throws OutputWriteException {
        try {
            top.remove(NAME);
            return new PartialFile(top, top.create(NAME));
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** The file, to set its attributes. */
    TreeFile file() {
        return file;
    }

    /** Appends the buffer's remaining bytes. */
    void append(ByteBuffer bytes) throws OutputWriteException {
        int limit = bytes.limit();
        try {
            while (bytes.position() < limit) {
                int from = bytes.position();
                int end = endOfRun(bytes, from, limit);
                if (!isZero(bytes, from, Math.min(limit, from + HOLE_BYTES))) {
                    file.write(size, bytes.limit(end));
                }
                bytes.limit(limit).position(end);
                size += end - from;
            }
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Appends a hole. */
    void skip(long bytes) {
        size += bytes;
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
    void complete() throws OutputWriteException {
        try {
            if (file.status().size() < size) {
                file.setSize(size);
            }
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Renames the file to its final name and replaces an existing file. */
    void place(TreeDirectory directory, FileName name) throws OutputWriteException {
        try {
            top.rename(NAME, directory, name);
            renamed = true;
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    long size() {
        return size;
    }

    /** Removes the file if it was not renamed. */
    @Override
    public void close() throws TreeException {
        file.close();
        if (!renamed) {
            top.remove(NAME);
        }
    }
}
