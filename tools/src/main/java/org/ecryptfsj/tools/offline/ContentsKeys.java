package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.tools.command.ToolFailure;

/** Finds the key of a file: {@link OfflineKeys#contents} or {@link OfflineKeys#readyContents}. */
@FunctionalInterface
interface ContentsKeys {
    /**
     * The decrypted contents of a file.
     *
     * @return closed by the caller
     * @throws SkippedEntryException if none of its keys is available, or none works
     */
    DecryptedContent contents(LowerFile file) throws SkippedEntryException, ToolFailure, IOException;
}
