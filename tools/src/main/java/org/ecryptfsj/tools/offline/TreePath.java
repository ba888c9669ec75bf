package org.ecryptfsj.tools.offline;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/**
 * A relative path for messages, as a linked list of names: one object per name, at any depth.
 *
 * @param parent the directory; empty for an entry of the top
 * @param name name of the entry
 */
record TreePath(Optional<TreePath> parent, FileName name) {
    /** Of longer paths only the end is shown. */
    private static final int MAX_BYTES = 4096;

    /** An entry of a directory; of the top if the directory is empty. */
    static TreePath of(Optional<TreePath> parent, FileName name) {
        return new TreePath(parent, name);
    }

    /** The names, separated by slashes. */
    byte[] bytes() {
        Deque<FileName> names = new ArrayDeque<>();
        int bytes = 0;
        Optional<TreePath> path = Optional.of(this);
        while (path.isPresent() && bytes < MAX_BYTES) {
            names.addFirst(path.get().name());
            bytes += path.get().name().length() + 1;
            path = path.get().parent();
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream(bytes);
        if (path.isPresent()) {
            joined.writeBytes(new byte[] {'.', '.', '.', '/'});
        }
        for (FileName next : names) {
            joined.writeBytes(next.bytes());
            joined.write('/');
        }
        byte[] all = joined.toByteArray();
        return Arrays.copyOf(all, all.length - 1);
    }

    /** The path with control characters escaped. */
    @Override
    public String toString() {
        return FileName.printable(bytes());
    }
}
