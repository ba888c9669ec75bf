package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory.NameReader;

/**
 * The names in a directory, sorted, as long as they fit in a block; a larger directory's come block by block, each sorted. A
 * block can be given up, and is read again when it is needed.
 */
public final class DirectoryListing {
    private static final int MOST_NAMES = 32768;
    private static final int MOST_BYTES = 1 << 22;

    private List<FileName> block = List.of();
    private int next;
    private Optional<FileName> last = Optional.empty();
    private long blockAt;
    private long nextBlockAt;
    private boolean complete;
    private boolean begun;
    private boolean givenUp;

    /**
     * The next name.
     *
     * @param directory the same each time, but it may have been closed and opened again
     * @return empty at the end
     */
    public Optional<FileName> next(TreeDirectory directory) throws TreeException {
        if (givenUp) {
            givenUp = false;
            read(directory, blockAt);
            while (next < block.size() && last.isPresent() && block.get(next).compareTo(last.get()) <= 0) {
                next++;
            }
        }
        while (next >= block.size()) {
            if (complete) {
                return Optional.empty();
            }
            read(directory, nextBlockAt);
        }
        last = Optional.of(block.get(next));
        next++;
        return last;
    }

    /** Frees the memory of the names. */
    public void giveUp() {
        if (begun) {
            block = List.of();
            next = 0;
            givenUp = true;
        }
    }

    private void read(TreeDirectory directory, long from) throws TreeException {
        NameReader reader = directory.names();
        if (begun) {
            reader.moveTo(from);
        }
        List<FileName> names = new ArrayList<>();
        int bytes = 0;
        Optional<FileName> name = Optional.empty();
        while (names.size() < MOST_NAMES && bytes < MOST_BYTES) {
            name = reader.next();
            if (name.isEmpty()) {
                break;
            }
            names.add(name.get());
            bytes += name.get().length();
        }
        complete = name.isEmpty();
        begun = true;
        blockAt = from;
        nextBlockAt = reader.position();
        Collections.sort(names);
        block = names;
        next = 0;
    }
}
