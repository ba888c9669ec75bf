package org.ecryptfsj.tools.offline;

import java.util.Optional;
import org.ecryptfsj.linux.FileStatus;

/**
 * A file that is written and has its attributes, but still its temporary name.
 *
 * @param part closed by the code that gives it its final name
 * @param lower status of the lower file when it was read
 * @param origin what its contents come from
 * @param size its size
 * @param lacks what it lacks; empty if it lacks nothing
 */
record WrittenFile(PartialFile part, FileStatus lower, Origin origin, long size, Optional<String> lacks) {
    /** What the contents of a file come from. */
    enum Origin {
        /** An eCryptfs file. */
        DECRYPTED,
        /** A file without an eCryptfs header. */
        COPIED,
        /** A lower file of 0 bytes. */
        EMPTY
    }
}
