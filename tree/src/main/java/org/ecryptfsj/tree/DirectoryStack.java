package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * The directories from the top of a tree down to the current one of a walk. The top and the deepest {@value #OPEN} are open.
 * Those in between are closed, and reopened on the way back: as the parent of a child ({@code ..}) or by their names from an
 * ancestor. A reopened directory is used only if it is the same one as before.
 */
public final class DirectoryStack implements AutoCloseable {
    /** The number of deepest directories that are open. */
    public static final int OPEN = 32;

    private final List<Level> levels = new ArrayList<>();

    /** One directory; {@code open} is null if it is closed. */
    private static final class Level {
        private final FileName name;
        private final FileStatus identity;
        private TreeDirectory open;

        Level(FileName name, FileStatus identity, TreeDirectory open) {
            this.name = name;
            this.identity = identity;
            this.open = open;
        }
    }

    /** @param top not closed by this */
    public DirectoryStack(TreeDirectory top) throws TreeException {
        levels.add(new Level(null, top.status(), top));
    }

    /** How many directories are below the top. */
    public int depth() {
        return levels.size() - 1;
    }

    /**
     * Enters a directory.
     *
     * @param name its name in the deepest one
     * @param directory closed by this
     */
    public void push(FileName name, TreeDirectory directory) throws TreeException {
        levels.add(new Level(name, directory.status(), directory));
        int closing = levels.size() - 1 - OPEN;
        if (closing > 0) {
            close(levels.get(closing));
        }
    }

    /**
     * The deepest directory.
     *
     * @throws TreeException MOVED if it was closed and cannot be reopened, because it was moved or replaced
     */
    public TreeDirectory deepest() throws TreeException {
        Level deepest = levels.get(levels.size() - 1);
        if (deepest.open == null) {
            deepest.open = openByNames(levels.size() - 1);
        }
        return deepest.open;
    }

    /**
     * Leaves the deepest directory. If its parent was closed, it is reopened.
     *
     * @return the directory left, closed by the caller; empty if it was moved, and is not open
     */
    public Optional<TreeDirectory> pop() {
        Level left = levels.remove(levels.size() - 1);
        Level parent = levels.get(levels.size() - 1);
        if (parent.open == null && left.open != null) {
            openFromChild(left.open, parent);
        }
        return Optional.ofNullable(left.open);
    }

    /** If the parent is another directory now, or cannot be opened, it is later opened by the names. */
    private static void openFromChild(TreeDirectory left, Level parent) {
        TreeDirectory found = null;
        try {
            found = left.parent();
            if (found.status().isSameFile(parent.identity)) {
                parent.open = found;
                found = null;
            }
        } catch (TreeException e) {
            System.getLogger(DirectoryStack.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot open the parent of a directory", e);
        } finally {
            if (found != null) {
                found.close();
            }
        }
    }

    private TreeDirectory openByNames(int index) throws TreeException {
        int from = index;
        while (levels.get(from).open == null) {
            from--;
        }
        TreeDirectory current = levels.get(from).open;
        boolean owned = false;
        for (int i = from + 1; i <= index; i++) {
            Level level = levels.get(i);
            TreeDirectory next;
            try {
                next = current.openDirectory(level.name);
            } catch (TreeException e) {
                throw new TreeException(Reason.MOVED, moved(level, e.getMessage()), e);
            } finally {
                if (owned) {
                    current.close();
                }
            }
            if (!next.status().isSameFile(level.identity)) {
                next.close();
                throw new TreeException(Reason.MOVED, moved(level, "another directory has its name"));
            }
            current = next;
            owned = true;
        }
        return current;
    }

    private static String moved(Level level, String why) {
        return "the directory " + level.name + " was moved or replaced at the same time (" + why
                + "); the rest of its entries was skipped";
    }

    private static void close(Level level) {
        if (level.open != null) {
            level.open.close();
            level.open = null;
        }
    }

    /** Closes all but the top. */
    @Override
    public void close() {
        levels.subList(1, levels.size()).forEach(DirectoryStack::close);
    }
}
