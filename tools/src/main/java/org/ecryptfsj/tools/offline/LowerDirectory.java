package org.ecryptfsj.tools.offline;

import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;

/** The argument DIR of the offline commands. */
final class LowerDirectory {
    private LowerDirectory() {}

    /**
     * Opens it.
     *
     * @param alternative command for single files and what it does, for the advice
     * @return closed by the caller
     * @throws ToolFailure ENOENT if it cannot be opened, or is not a directory
     */
    static TreeDirectory open(FileTrees trees, String argument, String alternative) throws ToolFailure {
        byte[] path = ByteText.encode(argument);
        try {
            return trees.directory(path);
        } catch (TreeException e) {
            boolean notADirectory = e.reason() == Reason.NOT_FOUND || e.reason() == Reason.NOT_A_DIRECTORY;
            throw new ToolFailure(
                    ToolFailure.ENOENT,
                    FileName.printable(path)
                            + (notADirectory ? " is not a directory" : " cannot be read: " + e.getMessage()),
                    "name a lower directory; " + alternative + " single files");
        }
    }
}
