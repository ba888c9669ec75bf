package org.ecryptfsj.tree;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/**
 * A regular file held open. All that is told of it and done to it is told of and done to the file that was opened, whatever
 * has become of its name. Buffers are direct. The creator closes it.
 */
public interface TreeFile extends AutoCloseable {
    /** Its owner, mode, size and times now. */
    FileStatus status() throws TreeException;

    /**
     * One read at a position into the buffer's remaining space; advances the buffer.
     *
     * @return the bytes read; 0 at the end of the file
     */
    int read(long position, ByteBuffer into) throws TreeException;

    /** Writes all of the buffer's remaining bytes at a position; advances the buffer. */
    void write(long position, ByteBuffer from) throws TreeException;

    /** Cuts it, or makes it longer with a hole. */
    void setSize(long size) throws TreeException;

    /** Sets the permission bits. */
    void setMode(int mode) throws TreeException;

    /** Sets owner and group. */
    void setOwner(int uid, int gid) throws TreeException;

    /** Sets the time of the last change of its contents. */
    void setModified(FileTimestamp time) throws TreeException;

    /**
     * An extended attribute.
     *
     * @param name with its namespace, such as {@code user.ecryptfs}
     * @param most larger ones count as none
     * @return empty if there is none, or the file system has none
     */
    Optional<ByteBuffer> attribute(String name, int most) throws TreeException;

    /** Where the first hole at or behind a position before the end begins; the file's size if there is none. */
    long nextHole(long position) throws TreeException;

    /** Where the first byte that is in no hole stands, at or behind a position; empty if there is none. */
    OptionalLong nextData(long position) throws TreeException;

    /**
     * Locks it against other programs until it is closed. Does not wait.
     *
     * @return false if another has it locked
     */
    boolean tryLock() throws TreeException;

    @Override
    void close();
}
