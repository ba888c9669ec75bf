package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.lower.Contents;
import org.ecryptfsj.lower.FileKey;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The contents of a lower file, opened with whichever key fits.
 *
 * @param contents readable as long as the file is open; forgotten when this is closed
 */
record OpenContents(Contents contents) implements AutoCloseable {
    /** @throws NoKeyException if no key fits */
    static OpenContents of(LowerFile file, OfflineKeys keys) throws NoKeyException, ToolFailure, IOException {
        if (!file.header().metadata().isEncrypted()) {
            return new OpenContents(file.contents());
        }
        try (FileKey key = keys.fileKey(file.header())) {
            return new OpenContents(file.contents(key));
        }
    }

    @Override
    public void close() {
        contents.forget();
    }
}
