package org.ecryptfsj.tools.offline;

import java.util.OptionalInt;
import org.ecryptfsj.tree.TreeException;

/**
 * A hash table with open addressing, from paths to the numbers of their entries in a record. It keeps 4 bytes of each
 * path, and compares the rest with the record.
 */
final class PathTable {
    private static final long ENTRY = 0xffffffffL;
    private static final int FIRST_SLOTS = 1 << 10;

    private final PathReader paths;

    /** A slot is 0, or the first 4 bytes of a path and the number of its entry plus 1. */
    private long[] slots = new long[FIRST_SLOTS];

    private int used;

    /** The record with the paths. */
    @FunctionalInterface
    interface PathReader {
        /** The path of an entry. */
        PathHash path(int entry) throws TreeException;
    }

    PathTable(PathReader paths) {
        this.paths = paths;
    }

    /** The entry of a path. */
    OptionalInt entry(PathHash path) throws TreeException {
        long found = slots[slot(path)];
        return found == 0 ? OptionalInt.empty() : OptionalInt.of(entry(found));
    }

    /** Sets or replaces the entry of a path. */
    void put(PathHash path, int entry) throws TreeException {
        if (4L * (used + 1) > 3L * slots.length) {
            grow();
        }
        int slot = slot(path);
        if (slots[slot] == 0) {
            used++;
        }
        slots[slot] = (path.first() & ~ENTRY) | (entry + 1);
    }

    private void grow() {
        long[] old = slots;
        slots = new long[old.length * 2];
        for (long found : old) {
            if (found != 0) {
                int slot = firstSlot(found);
                while (slots[slot] != 0) {
                    slot = next(slot);
                }
                slots[slot] = found;
            }
        }
    }

    /** The slot of a path, or the free slot for it. */
    private int slot(PathHash path) throws TreeException {
        int slot = firstSlot(path.first());
        while (slots[slot] != 0 && !matches(slots[slot], path)) {
            slot = next(slot);
        }
        return slot;
    }

    private boolean matches(long found, PathHash path) throws TreeException {
        return (found & ~ENTRY) == (path.first() & ~ENTRY)
                && paths.path(entry(found)).equals(path);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    private int firstSlot(long upperHalf) {
        return (int) (upperHalf >>> Integer.SIZE) & (slots.length - 1);
    }

    private static int entry(long found) {
        return (int) (found & ENTRY) - 1;
    }
}
