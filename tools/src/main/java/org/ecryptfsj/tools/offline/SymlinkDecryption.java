package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tree.TreeDirectory;

/**
 * Writes symbolic links with decrypted targets into the output.
 *
 * @param outputs the output directories; links are written into the current one
 */
record SymlinkDecryption(
        OutputTree output,
        OutputDirectories outputs,
        CompletedOutputs completed,
        NameDecryptor names,
        DecryptionReport report) {
    /** Writes a link, unless it exists. */
    void decrypt(TreeDirectory from, TreeEntry entry) throws SkippedEntryException, ToolFailure, IOException {
        byte[] target = names.targetOf(from, entry.lower().name());
        FileName name = entry.plain().name();
        TreeDirectory into = outputs.current();
        Optional<FileStatus> existing = into.status(name);
        if (existing.filter(FileStatus::isSymlink).isPresent() && Arrays.equals(into.readSymlink(name), target)) {
            completed.visit(entry);
            report.symlink();
            return;
        }
        if (existing.isPresent()) {
            completed.requireReplaceable(entry, Kind.SYMLINK, existing.get());
        }
        output.placeSymlink(target, entry.status(), into, name);
        Optional<FileStatus> placed = into.status(name);
        if (placed.isPresent()) {
            completed.add(entry, Kind.SYMLINK, entry.status(), placed.get());
        }
        report.symlink();
    }
}
