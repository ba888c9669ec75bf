package org.ecryptfsj.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory.NameReader;

/**
 * The names in a directory, in blocks of bounded size, each block sorted; the names of a small directory are one block. A block
 * can be released to free memory, and is read again when it is needed.
 */
public final class DirectoryListing {
    private static final int MAX_BLOCK_NAMES = 32768;
    private static final int MAX_BLOCK_BYTES = 1 << 22;

    private List<FileName> block = List.of();
    private int next;
    private Optional<FileName> last = Optional.empty();
    private long blockPosition;
    private long nextBlockPosition;
    private boolean complete;
    private boolean started;
    private boolean released;

    /**
     * The next name.
     *
     * @param directory the same directory each time; it may have been closed and reopened
     * @return empty at the end
     */
    public Optional<FileName> next(TreeDirectory directory) throws TreeException {
        if (released) {
            released = false;
            read(directory, blockPosition);
            while (next < block.size() && last.isPresent() && block.get(next).compareTo(last.get()) <= 0) {
                next++;
            }
        }
        while (next >= block.size()) {
            if (complete) {
                return Optional.empty();
            }
            read(directory, nextBlockPosition);
        }
        last = Optional.of(block.get(next));
        next++;
        return last;
    }

    /** Frees the memory of the names. */
    public void release() {
        if (started) {
            block = List.of();
            next = 0;
            released = true;
        }
    }

    private void read(TreeDirectory directory, long from) throws TreeException {
        NameReader reader = directory.names();
        if (started) {
            reader.seek(from);
        }
        List<FileName> names = new ArrayList<>();
        int bytes = 0;
        Optional<FileName> name = Optional.empty();
        while (names.size() < MAX_BLOCK_NAMES && bytes < MAX_BLOCK_BYTES) {
            name = reader.next();
            if (name.isEmpty()) {
                break;
            }
            names.add(name.get());
            bytes += name.get().length();
        }
        complete = name.isEmpty();
        started = true;
        blockPosition = from;
        nextBlockPosition = reader.position();
        Collections.sort(names);
        block = names;
        next = 0;
    }
}
