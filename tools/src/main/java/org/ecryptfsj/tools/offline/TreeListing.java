package org.ecryptfsj.tools.offline;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/**
 * Lists the decrypted names of a lower directory: one line each, with a slash after a directory and an arrow and the
 * target after a symbolic link; or a JSON object. The lines contain the unchanged bytes of the names. On a terminal
 * control characters are shown as {@code \xHH}, because a name could contain a control sequence.
 */
final class TreeListing implements TreeWalk.Visitor<ToolFailure> {
    private final NameDecryptor names;
    private final Format form;
    private final boolean keepsNames;
    private final DecryptionSummary summary;
    private final Deque<Optional<NamedPath>> directories = new ArrayDeque<>();
    private boolean firstPrinted;

    /** The output format. */
    enum Format {
        /** Lines with the unchanged bytes of the names. */
        RAW,
        /** Lines for a terminal. */
        QUOTED,
        /** One JSON object. */
        JSON
    }

    /** @param keepsNames whether an entry whose name cannot be decrypted is listed with its encrypted name */
    TreeListing(OfflineKeys keys, Format form, boolean keepsNames, DecryptionSummary summary) {
        this.names = new NameDecryptor(keys);
        this.form = form;
        this.keepsNames = keepsNames;
        this.summary = summary;
    }

    /** Lists a directory.
     *
     * @param from is not closed
     */
    void run(TreeDirectory from) throws ToolFailure, IOException {
        directories.push(Optional.empty());
        if (form != Format.JSON) {
            new TreeWalk<>(this).run(from);
            return;
        }
        System.out.print("{\"entries\":[");
        new TreeWalk<>(this).run(from);
        System.out.println(
                "],\"failed\":" + summary.failed() + ",\"failures\":" + JSON.std.asString(summary.failures()) + "}");
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        Optional<NamedPath> parent = directories.getFirst();
        TreePath lower = TreePath.of(parent.map(NamedPath::lower), name);
        try {
            FileStatus status = directory
                    .status(name)
                    .orElseThrow(() -> new TreeException(TreeException.Reason.NOT_FOUND, "removed during the run"));
            NamedPath entry = NamedPath.of(parent, name, plainName(lower, name));
            Optional<byte[]> target =
                    status.isSymlink() ? Optional.of(names.targetOf(directory, name)) : Optional.empty();
            print(entry, status, target);
            if (!status.isDirectory()) {
                return Optional.empty();
            }
            if (!deeper) {
                throw new SkippedEntryException("nested deeper than " + TreeWalk.MAX_DEPTH + " directories");
            }
            TreeDirectory entered = directory.openDirectory(name);
            directories.push(Optional.of(entry));
            return Optional.of(entered);
        } catch (SkippedEntryException | IOException e) {
            failed(lower.toString(), e.getMessage());
            return Optional.empty();
        }
    }

    private FileName plainName(TreePath lower, FileName name) throws SkippedEntryException, ToolFailure, IOException {
        try {
            return names.of(name);
        } catch (SkippedEntryException e) {
            if (!keepsNames) {
                throw e;
            }
            failed(lower.toString(), e.getMessage());
            return name;
        }
    }

    @Override
    public void leave() {
        directories.pop();
    }

    @Override
    public void unreadable(TreeException failure) {
        failed(directories.getFirst().map(path -> path.lower().toString()).orElse("."), failure.getMessage());
    }

    private void failed(String file, String reason) {
        System.err.println("ecryptfs-decrypt: " + file + ": " + reason);
        summary.failed(file, "", reason);
    }

    private void print(NamedPath entry, FileStatus status, Optional<byte[]> target) throws IOException {
        String end = status.isDirectory() ? "/" : target.isPresent() ? " -> " : "";
        switch (form) {
            case RAW -> {
                raw(entry.plain().bytes());
                raw(end.getBytes(StandardCharsets.US_ASCII));
                raw(target.orElse(new byte[0]));
                System.out.write('\n');
            }
            case QUOTED ->
                System.out.println(
                        entry.plain() + end + target.map(FileName::printable).orElse(""));
            case JSON -> {
                Map<String, Object> tree = new LinkedHashMap<>();
                tree.put("file", entry.lower().toString());
                tree.put("name", entry.plain().toString());
                tree.put("type", status.isDirectory() ? "directory" : status.isSymlink() ? "symlink" : "file");
                target.ifPresent(t -> tree.put("target", FileName.printable(t)));
                System.out.print((firstPrinted ? "," : "") + JSON.std.asString(tree));
                firstPrinted = true;
            }
        }
    }

    private static void raw(byte[] bytes) {
        System.out.write(bytes, 0, bytes.length);
    }
}
