package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;

/** The names and symlink targets of lower files, decrypted where they are encrypted. */
record NameDecryptor(OfflineKeys keys) {
    /**
     * A file's name.
     *
     * @throws SkippedEntryException if its key is not at hand, or it decrypts to something that is no name
     */
    FileName of(FileName lower) throws SkippedEntryException, ToolFailure, IOException {
        byte[] name = plain(lower.bytes());
        if (!FileName.isName(name)) {
            throw new SkippedEntryException("its name decrypts to \"" + FileName.shown(name)
                    + "\", which is an invalid file name (forged or corrupt)");
        }
        return FileName.of(name);
    }

    /** A symlink's target, byte for byte. */
    byte[] targetOf(TreeDirectory directory, FileName symlink) throws SkippedEntryException, ToolFailure, IOException {
        return plain(directory.readSymlink(symlink));
    }

    private byte[] plain(byte[] lower) throws SkippedEntryException, ToolFailure, IOException {
        try {
            return EncryptedName.isEncrypted(lower) ? keys.decrypt(EncryptedName.read(lower)) : lower;
        } catch (MalformedLowerException e) {
            throw new SkippedEntryException(e.getMessage());
        }
    }
}
