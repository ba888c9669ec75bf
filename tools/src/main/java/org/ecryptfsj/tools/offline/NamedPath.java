package org.ecryptfsj.tools.offline;

import java.util.Optional;
import org.ecryptfsj.linux.FileName;

/**
 * The lower path of an entry, and the decrypted one.
 *
 * @param lower lower path
 * @param plain the same path with its names decrypted, as far as they can be
 */
record NamedPath(TreePath lower, TreePath plain) {
    /**
     * An entry of a directory.
     *
     * @param directory empty for the top
     * @param plainName the decrypted name; the lower name if it is not encrypted or cannot be decrypted
     */
    static NamedPath of(Optional<NamedPath> directory, FileName name, FileName plainName) {
        return new NamedPath(
                TreePath.of(directory.map(NamedPath::lower), name),
                TreePath.of(directory.map(NamedPath::plain), plainName));
    }
}
