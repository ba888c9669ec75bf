package org.ecryptfsj.tree;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/**
 * An open regular file. All methods work on the file that was opened, even if its name is changed. Buffers are direct. The
 * creator closes it.
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

    /** Truncates it, or extends it with a hole. */
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
     * @param maxBytes a larger attribute is treated as missing
     * @return empty if there is none, or the file system has none
     */
    Optional<ByteBuffer> attribute(String name, int maxBytes) throws TreeException;

    /**
     * Sets an extended attribute in one step; an existing one is replaced.
     *
     * @param name with its namespace, such as {@code user.ecryptfs}
     */
    void setAttribute(String name, ByteBuffer value) throws TreeException;

    /** The position of the first hole at or after a position before the end; the file's size if there is none. */
    long nextHole(long position) throws TreeException;

    /** The position of the first byte of data, not in a hole, at or after a position; empty if there is none. */
    OptionalLong nextData(long position) throws TreeException;

    /**
     * Locks it against other programs until it is closed. Does not wait.
     *
     * @return false if another program has locked it
     */
    boolean tryLock() throws TreeException;

    @Override
    void close();
}
