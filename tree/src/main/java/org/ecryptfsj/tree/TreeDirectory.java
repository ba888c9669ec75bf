package org.ecryptfsj.tree;

import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/**
 * A directory held open. It stays the same directory whatever becomes of its name, and its entries are reached by one name at a
 * time, no symbolic link followed. The creator closes it.
 */
public interface TreeDirectory extends AutoCloseable {
    /** Its own owner, mode and times now. */
    FileStatus status() throws TreeException;

    /**
     * What an entry is now, a symbolic link itself. It may be another one when it is opened: what counts is the status of what
     * was opened.
     *
     * @return empty if there is none
     */
    Optional<FileStatus> status(FileName name) throws TreeException;

    /** Opens a directory in it. */
    TreeDirectory openDirectory(FileName name) throws TreeException;

    /** The directory above, whatever that is now: its status tells whether it is the one that is expected. */
    TreeDirectory above() throws TreeException;

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
     * Makes a file for this process's user alone, open for reading and writing.
     *
     * @throws TreeException EXISTS if there is anything of that name
     */
    TreeFile create(FileName name) throws TreeException;

    /**
     * Makes a directory for this process's user alone.
     *
     * @throws TreeException EXISTS if there is anything of that name
     */
    void createDirectory(FileName name) throws TreeException;

    /**
     * Makes a symbolic link.
     *
     * @param target its bytes, kept as they are
     */
    void createSymlink(FileName name, byte[] target) throws TreeException;

    /** The target of a symbolic link, byte for byte. */
    byte[] readSymlink(FileName name) throws TreeException;

    /** Removes an entry that is no directory; false if there is none. */
    boolean remove(FileName name) throws TreeException;

    /** Removes an empty directory; false if there is none. */
    boolean removeDirectory(FileName name) throws TreeException;

    /** Moves an entry at once to another directory of the file system, over what has that name there. */
    void rename(FileName name, TreeDirectory to, FileName newName) throws TreeException;

    /** Gives an entry to an owner, a symbolic link itself. */
    void setOwner(FileName name, int uid, int gid) throws TreeException;

    /** Sets its own owner and group. */
    void setOwner(int uid, int gid) throws TreeException;

    /** Sets its own permission bits. */
    void setMode(int mode) throws TreeException;

    /** Sets the time of its own last change. */
    void setModified(FileTimestamp time) throws TreeException;

    /** Its names, from the first on; one reader at a time. */
    NameReader names();

    @Override
    void close();

    /** Reads the names in a directory, in no particular order, in constant memory. */
    interface NameReader {
        /** The next name; empty at the end. */
        Optional<FileName> next() throws TreeException;

        /** Where the next name is. */
        long position();

        /** Goes to a place that {@link #position} of an earlier reader of this directory told. */
        void moveTo(long position) throws TreeException;
    }
}
