package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * The directories from the top of a tree down to the one where a walk is. The top and the lowest {@value #OPEN} are held open;
 * those in between are closed, and opened again on the way back: from below by {@code ..} or from above by their names, and
 * taken only if they are the very directories that they were.
 */
public final class DirectoryStack implements AutoCloseable {
    /** How many of the lowest are open. */
    public static final int OPEN = 32;

    private final List<Level> levels = new ArrayList<>();

    /** One directory; not open if that is null. */
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

    /** @param top stays the caller's */
    public DirectoryStack(TreeDirectory top) throws TreeException {
        levels.add(new Level(null, top.status(), top));
    }

    /** How many directories are below the top. */
    public int depth() {
        return levels.size() - 1;
    }

    /**
     * Goes down.
     *
     * @param name of the directory in the lowest one
     * @param directory taken over
     */
    public void push(FileName name, TreeDirectory directory) throws TreeException {
        levels.add(new Level(name, directory.status(), directory));
        int closing = levels.size() - 1 - OPEN;
        if (closing > 0) {
            close(levels.get(closing));
        }
    }

    /**
     * The lowest directory.
     *
     * @throws TreeException MOVED if it had been closed, and is not to be found where it was
     */
    public TreeDirectory lowest() throws TreeException {
        Level lowest = levels.get(levels.size() - 1);
        if (lowest.open == null) {
            lowest.open = fromAbove(levels.size() - 1);
        }
        return lowest.open;
    }

    /**
     * Goes up. What is above, if it was closed, is opened through the directory that is left.
     *
     * @return the directory that is left, closed by the caller; empty if it was moved, and is not open
     */
    public Optional<TreeDirectory> pop() {
        Level left = levels.remove(levels.size() - 1);
        Level above = levels.get(levels.size() - 1);
        if (above.open == null && left.open != null) {
            fromBelow(left.open, above);
        }
        return Optional.ofNullable(left.open);
    }

    /** If what is above the left one is another directory now, or cannot be opened, the names are tried. */
    private static void fromBelow(TreeDirectory left, Level above) {
        TreeDirectory found = null;
        try {
            found = left.above();
            if (found.status().isSameFile(above.identity)) {
                above.open = found;
                found = null;
            }
        } catch (TreeException e) {
            System.getLogger(DirectoryStack.class.getName())
                    .log(System.Logger.Level.DEBUG, "the directory above cannot be opened from below", e);
        } finally {
            if (found != null) {
                found.close();
            }
        }
    }

    private TreeDirectory fromAbove(int index) throws TreeException {
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
        return "the directory " + level.name + " was moved or exchanged meanwhile (" + why
                + "); the rest of what is in it was not looked at";
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
