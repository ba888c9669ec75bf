package org.ecryptfsj.tools.offline;

import java.util.Locale;

/** What ecryptfs-rekey counts. The names in JSON are stable: the constants in lower case. */
enum RekeyCount {
    /** Regular files. */
    FILES,
    /** Files with a valid header and encrypted contents. */
    ENCRYPTED_FILES,
    /** Files that got new keys; in a dry run, that would get them. */
    FILES_WITH_KEYS_ADDED,
    /** Files that had all new keys before. */
    FILES_WITH_ALL_NEW_KEYS,
    /** Files of which keys were dropped; in a dry run, would be dropped. */
    FILES_WITH_KEYS_DROPPED,
    /** Names that were encrypted with the new key; in a dry run, would be. */
    NAMES_CHANGED,
    /** Targets of symbolic links that were encrypted with the new key; in a dry run, would be. */
    TARGETS_CHANGED;

    /** The name in JSON. */
    String member() {
        return name().toLowerCase(Locale.ROOT);
    }
}
