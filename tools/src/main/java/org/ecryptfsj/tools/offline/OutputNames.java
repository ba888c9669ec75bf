package org.ecryptfsj.tools.offline;

import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.NameRules;
import org.ecryptfsj.tree.TreeException;

/**
 * Chooses the names of outputs: the decrypted ones or, where the file system of the output cannot have them, substitutes, which
 * are reported.
 */
record OutputNames(
        NameRules rules, CompletedOutputs completed, FileOutputs files, OrderedTasks tasks, DecryptionReport report) {
    /**
     * An entry with its output name.
     *
     * @param name lower name
     * @param plain decrypted name
     */
    TreeEntry entry(DirectoryPair pair, FileName name, FileName plain, FileStatus status)
            throws ToolFailure, TreeException {
        FileName allowed = rules.allowed(plain);
        TreeEntry entry = pair.entry(name, allowed, rules.identity(allowed), status);
        if (rules.ignoresCase()) {
            for (int number = 2; isTaken(entry); number++) {
                FileName numbered = NameRules.numbered(allowed, number);
                entry = pair.entry(name, numbered, rules.identity(numbered), status);
            }
        }
        if (!entry.plain().name().equals(plain)) {
            TreeEntry substitute = entry;
            tasks.then(() -> report.substituted(substitute, TreePath.of(pair.plain(), plain)));
        }
        return entry;
    }

    private boolean isTaken(TreeEntry entry) throws TreeException {
        FileName identity = rules.identity(entry.plain().name());
        boolean reserved = entry.plain().parent().isEmpty()
                && (identity.equals(DecryptionRecord.NAME) || PartialFiles.isReserved(identity));
        return reserved || files.isPending(entry) || completed.isVisited(entry);
    }
}
