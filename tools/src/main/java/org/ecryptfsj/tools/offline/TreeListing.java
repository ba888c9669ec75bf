package org.ecryptfsj.tools.offline;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.lower.RawName;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The decrypted names of a lower directory, with nothing written: one line each, a directory's ending in a slash, a symlink's
 * with an arrow and its target. The lines hold the names' bytes as they are.
 */
final class TreeListing {
    private final Path from;
    private final PlainNames names;
    private final boolean print;
    private final Outcome outcome;
    private final List<Map<String, Object>> entries = new ArrayList<>();

    /** @param print whether lines are printed; else only {@link #entries()} tells */
    TreeListing(Path from, OfflineKeys keys, boolean print, Outcome outcome) {
        this.from = from;
        this.names = new PlainNames(keys);
        this.print = print;
        this.outcome = outcome;
    }

    void run() throws ToolFailure, IOException {
        list(from, new byte[0]);
    }

    /** For JSON. */
    List<Map<String, Object>> entries() {
        return entries;
    }

    private void list(Path directory, byte[] prefix) throws ToolFailure, IOException {
        for (Path lower : PlainNames.entries(directory)) {
            try {
                LowerEntry entry = LowerEntry.of(lower);
                byte[] name = joined(prefix, names.of(lower));
                Optional<byte[]> target = entry.isSymlink() ? Optional.of(names.targetOf(lower)) : Optional.empty();
                tell(lower, entry, name, target);
                if (entry.isDirectory()) {
                    list(lower, joined(name, new byte[] {'/'}));
                }
            } catch (NoKeyException | IOException e) {
                String file = RawName.shown(from.relativize(lower));
                System.err.println("ecryptfs-decrypt: " + file + ": " + e.getMessage());
                outcome.failed(file, "", e.getMessage());
            }
        }
    }

    private void tell(Path lower, LowerEntry entry, byte[] name, Optional<byte[]> target) {
        if (print) {
            byte[] end =
                    (entry.isDirectory() ? "/" : target.isPresent() ? " -> " : "").getBytes(StandardCharsets.US_ASCII);
            byte[] line = joined(joined(name, end), target.orElse(new byte[0]));
            System.out.write(line, 0, line.length);
            System.out.write('\n');
            return;
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("file", RawName.shown(from.relativize(lower)));
        tree.put("name", RawName.shown(name));
        tree.put("type", entry.isDirectory() ? "directory" : entry.isSymlink() ? "symlink" : "file");
        target.ifPresent(t -> tree.put("target", RawName.shown(t)));
        entries.add(tree);
    }

    private static byte[] joined(byte[] a, byte[] b) {
        ByteArrayOutputStream both = new ByteArrayOutputStream(a.length + b.length);
        both.writeBytes(a);
        both.writeBytes(b);
        return both.toByteArray();
    }
}
