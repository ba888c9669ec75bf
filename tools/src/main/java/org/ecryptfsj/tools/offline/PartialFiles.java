package org.ecryptfsj.tools.offline;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;

/** The temporary names in an output directory, one for each file that is being written. Used by several threads. */
final class PartialFiles {
    /** The temporary name of the first file, and the beginning of those of others. */
    static final FileName NAME = FileName.of(".ecryptfs-decrypt.part");

    /** The number of a name: none for the first one. */
    private static final Map<FileName, Integer> NUMBERS = numbers();

    private final TreeDirectory top;
    private final BitSet used = new BitSet();

    /** @param top the output directory */
    PartialFiles(TreeDirectory top) {
        this.top = top;
    }

    private static Map<FileName, Integer> numbers() {
        Map<FileName, Integer> numbers = new HashMap<>();
        for (int number = 0; number < OrderedTasks.MAX_PENDING; number++) {
            numbers.put(name(number), number);
        }
        return Map.copyOf(numbers);
    }

    private static FileName name(int number) {
        return number == 0 ? NAME : FileName.of(NAME + "." + number);
    }

    /** Whether a name is one of those. */
    static boolean isReserved(FileName name) {
        return NUMBERS.containsKey(name);
    }

    /** The output directory. */
    TreeDirectory top() {
        return top;
    }

    /** Removes what a killed run left. */
    void removeLeftovers() throws TreeException {
        for (FileName name : NUMBERS.keySet()) {
            top.remove(name);
        }
    }

    /** Creates a file under a free name; closed by the caller. */
    PartialFile create() throws OutputWriteException {
        FileName name = take();
        boolean created = false;
        try {
            PartialFile file = new PartialFile(this, name, create(name));
            created = true;
            return file;
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        } finally {
            if (!created) {
                release(name);
            }
        }
    }

    /** A file of that name can only be one that could not be removed before. */
    private TreeFile create(FileName name) throws TreeException {
        try {
            return top.create(name);
        } catch (TreeException e) {
            if (e.reason() != Reason.EXISTS) {
                throw e;
            }
            top.remove(name);
            return top.create(name);
        }
    }

    private synchronized FileName take() {
        int number = used.nextClearBit(0);
        used.set(number);
        return name(number);
    }

    /** Frees a name. */
    synchronized void release(FileName name) {
        used.clear(NUMBERS.get(name));
    }
}
