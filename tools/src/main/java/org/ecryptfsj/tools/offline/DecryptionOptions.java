package org.ecryptfsj.tools.offline;

import java.util.Optional;

/**
 * The options of the user for the output of ecryptfs-decrypt.
 *
 * @param force whether files that this program did not write are overwritten
 * @param passthrough whether files without an eCryptfs header are copied
 * @param salvage how damaged files are delivered; empty if they are not
 * @param headers copies of headers that are gone; empty if there are none
 * @param threads how many threads decrypt contents
 */
record DecryptionOptions(
        boolean force, boolean passthrough, Optional<Salvage> salvage, Optional<HeaderCopies> headers, int threads) {}
