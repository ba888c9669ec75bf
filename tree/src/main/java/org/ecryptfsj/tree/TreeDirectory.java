package org.ecryptfsj.tree;

import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/**
 * An open directory. It stays the same directory even if its name is changed. Its entries are opened by one name at a time; no
 * symbolic link is followed. The creator closes it.
 */
public interface TreeDirectory extends AutoCloseable {
    /** Its own owner, mode and times now. */
    FileStatus status() throws TreeException;

    /**
     * The status of an entry now, of a symbolic link itself. It may be replaced before it is opened: after that, use the status
     * of the opened file.
     *
     * @return empty if there is none
     */
    Optional<FileStatus> status(FileName name) throws TreeException;

    /** Opens a directory in it. */
    TreeDirectory openDirectory(FileName name) throws TreeException;

    /** The parent directory at this moment; compare its status with the expected one. */
    TreeDirectory parent() throws TreeException;

    /**
     * Opens a regular file in it for reading. Does not wait for a pipe.
     *
     * @throws TreeException NOT_A_FILE for anything else
     */
    TreeFile openFile(FileName name) throws TreeException;

    /**
     * Opens a regular file in it for reading and writing. Does not wait for a pipe.
     *
     * @throws TreeException NOT_A_FILE for anything else
     */
    TreeFile openForWriting(FileName name) throws TreeException;

    /**
     * Creates a file for this process's user only, open for reading and writing.
     *
     * @throws TreeException EXISTS if the name exists
     */
    TreeFile create(FileName name) throws TreeException;

    /**
     * Creates a directory for this process's user only.
     *
     * @throws TreeException EXISTS if the name exists
     */
    void createDirectory(FileName name) throws TreeException;

    /**
     * Creates a symbolic link.
     *
     * @param target its bytes, kept as they are
     */
    void createSymlink(FileName name, byte[] target) throws TreeException;

    /** The target of a symbolic link, byte for byte. */
    byte[] readSymlink(FileName name) throws TreeException;

    /** Removes an entry that is not a directory; false if it does not exist. */
    boolean remove(FileName name) throws TreeException;

    /** Removes an empty directory; false if it does not exist. */
    boolean removeDirectory(FileName name) throws TreeException;

    /** Moves an entry in one step to another directory of the file system; an existing entry of the new name is replaced. */
    void rename(FileName name, TreeDirectory to, FileName newName) throws TreeException;

    /** Sets the owner of an entry, of a symbolic link itself. */
    void setOwner(FileName name, int uid, int gid) throws TreeException;

    /** Sets its own owner and group. */
    void setOwner(int uid, int gid) throws TreeException;

    /** Sets its own permission bits. */
    void setMode(int mode) throws TreeException;

    /** Sets the time of its own last change. */
    void setModified(FileTimestamp time) throws TreeException;

    /** Returns when the disk has everything that was written to its file system. */
    void syncFileSystem() throws TreeException;

    /** Its names, from the first on; one reader at a time. */
    NameReader names();

    @Override
    void close();

    /** Reads the names in a directory, in no particular order, in constant memory. */
    interface NameReader {
        /** The next name; empty at the end. */
        Optional<FileName> next() throws TreeException;

        /** The position of the next name. */
        long position();

        /** Continues at a position that {@link #position} returned, of this or an earlier reader of this directory. */
        void seek(long position) throws TreeException;
    }
}
