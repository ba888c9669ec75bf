package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * The one file of an output directory that is being written: for its owner only, under a name of its own, until it is whole
 * and gets the name it shall have. Blocks of zeros become holes.
 */
final class PartialFile implements AutoCloseable {
    /** Its name in the output directory. */
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

    /** Begins a file; what an earlier run left unfinished goes. */
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

    /** Where the blocks end that are, like the first, all zeros or all not. */
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

    /** Gives the file its size, if it ends with a hole. */
    void complete() throws OutputWriteException {
        try {
            if (file.status().size() < size) {
                file.setSize(size);
            }
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Gives the file its place, over what has that name. */
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

    /** Removes it, if it was not placed. */
    @Override
    public void close() throws TreeException {
        file.close();
        if (!renamed) {
            top.remove(NAME);
        }
    }
}
