package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;

/** Decrypts the names and symbolic link targets of lower files; plain names are returned unchanged. */
record NameDecryptor(OfflineKeys keys) {
    /** Whether no key has to be looked for. */
    boolean isReady(FileName lower) {
        try {
            byte[] name = lower.bytes();
            return !EncryptedName.isEncrypted(name)
                    || keys.isReady(EncryptedName.read(name).signature());
        } catch (MalformedLowerException e) {
            return true;
        }
    }

    /** Decrypts a file name.
     *
     * @throws SkippedEntryException if its key is not available, or the result is not a valid name
     */
    FileName of(FileName lower) throws SkippedEntryException, ToolFailure, IOException {
        byte[] name = plain(lower.bytes());
        if (!FileName.isName(name)) {
            throw new SkippedEntryException("its name decrypts to \"" + FileName.printable(name)
                    + "\", which is an invalid file name (forged or corrupt)");
        }
        return FileName.of(name);
    }

    /** Decrypts the target of a symbolic link. */
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
