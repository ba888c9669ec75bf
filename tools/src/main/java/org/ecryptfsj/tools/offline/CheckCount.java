package org.ecryptfsj.tools.offline;

import java.util.Locale;

/** What ecryptfs-check counts. The names in JSON are stable: the constants in lower case. */
enum CheckCount {
    /** Regular files. */
    FILES,
    /** Bytes of the regular files. */
    BYTES,
    /** Directories below the top. */
    DIRECTORIES,
    /** Symbolic links. */
    SYMLINKS,
    /** Devices, pipes and sockets. */
    SPECIAL_FILES,
    /** Files with a valid header and encrypted contents. */
    ENCRYPTED_FILES,
    /** Files with a valid header that says that the contents are not encrypted. */
    UNENCRYPTED_FILES,
    /** Lower files without a byte: the kernel shows them as empty files. */
    EMPTY_FILES,
    /** Files with contents and without a header. */
    FOREIGN_FILES,
    /** Temporary files that programs left; their contents are not checked. */
    LEFTOVER_FILES,
    /** Encrypted files whose file key was opened. */
    OPENED_FILES,
    /** Files whose contents were read to their end. */
    READ_FILES,
    /** Entries with an encrypted name. */
    ENCRYPTED_NAMES,
    /** Entries whose name is not encrypted. */
    PLAIN_NAMES,
    /** Encrypted names that were opened. */
    OPENED_NAMES;

    /** The name in JSON. */
    String member() {
        return name().toLowerCase(Locale.ROOT);
    }
}
