package org.ecryptfsj.tools.offline;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/**
 * A path below a directory, for people, as names above one another; one name costs one object, however deep it is.
 *
 * @param above the directory; empty for an entry of the top
 * @param name its name
 */
record TreePath(Optional<TreePath> above, FileName name) {
    /** Longer paths are shown by their end. */
    private static final int MAX_BYTES = 4096;

    /** An entry of a directory; of the top if that is empty. */
    static TreePath of(Optional<TreePath> above, FileName name) {
        return new TreePath(above, name);
    }

    /** The names, with slashes between them. */
    byte[] bytes() {
        Deque<FileName> names = new ArrayDeque<>();
        int bytes = 0;
        Optional<TreePath> path = Optional.of(this);
        while (path.isPresent() && bytes < MAX_BYTES) {
            names.addFirst(path.get().name());
            bytes += path.get().name().length() + 1;
            path = path.get().above();
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

    /** For people: control characters as escapes. */
    @Override
    public String toString() {
        return FileName.shown(bytes());
    }
}
