package org.ecryptfsj.tools.offline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;

/**
 * An older copy of a lower directory, with headers of files whose own header is gone.
 *
 * @param top closed by the caller
 */
record HeaderCopies(TreeDirectory top) {
    /**
     * The copy of a file, by its lower path.
     *
     * @return closed by the caller; empty if there is none
     */
    Optional<TreeFile> of(TreePath path) throws TreeException {
        Deque<FileName> directories = new ArrayDeque<>();
        Optional<TreePath> above = path.parent();
        while (above.isPresent()) {
            directories.push(above.get().name());
            above = above.get().parent();
        }
        TreeDirectory current = top;
        try {
            while (!directories.isEmpty()) {
                TreeDirectory next = current.openDirectory(directories.pop());
                close(current);
                current = next;
            }
            return Optional.of(current.openFile(path.name()));
        } catch (TreeException e) {
            if (e.reason() == Reason.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        } finally {
            close(current);
        }
    }

    private void close(TreeDirectory directory) {
        if (directory != top) {
            directory.close();
        }
    }
}
