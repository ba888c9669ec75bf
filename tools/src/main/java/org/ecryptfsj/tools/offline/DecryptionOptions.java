package org.ecryptfsj.tools.offline;

/**
 * The options of the user for the output of ecryptfs-decrypt.
 *
 * @param force whether files that this program did not write are overwritten
 * @param passthrough whether files without an eCryptfs header are copied
 */
record DecryptionOptions(boolean force, boolean passthrough) {}
