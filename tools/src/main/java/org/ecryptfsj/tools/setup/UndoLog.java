package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.AtomicFileWriter;
import org.ecryptfsj.tree.Trust;

/**
 * The log of the changes that a setup makes, in order. An entry is on the disk before its change begins. The file is
 * replaced as a whole, so that an interruption leaves no partial line.
 */
final class UndoLog {
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final List<UndoEntry> entries;

    private UndoLog(Path file, List<UndoEntry> entries) {
        this.file = file;
        this.entries = entries;
    }

    /**
     * Reads the log if it exists. Root undoes what the log names, so only root may be able to write it.
     *
     * @throws org.ecryptfsj.tree.UntrustedFileException if another user could have written it
     * @throws IOException if it cannot be read; the caller then changes nothing
     */
    static UndoLog read(Path file) throws IOException {
        List<UndoEntry> entries = new ArrayList<>();
        try (Descriptor opened = Trust.open(file)) {
            for (String line : text(opened).lines().toList()) {
                entries.add(UndoEntry.parse(line));
            }
        } catch (NoSuchFileException e) {
            return new UndoLog(file, entries);
        }
        return new UndoLog(file, entries);
    }

    private static String text(Descriptor opened) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_BYTES + 1);
        opened.fill(bytes);
        if (!bytes.hasRemaining()) {
            throw new IOException(
                    opened.name() + " holds more than " + MAX_BYTES + " bytes, which is too large for an undo log");
        }
        return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    }

    /** The entries in the order of the changes. */
    List<UndoEntry> entries() {
        return List.copyOf(entries);
    }

    /** Appends an entry and returns when it is on the disk. */
    void add(UndoEntry entry) throws IOException {
        Files.createDirectories(file.getParent());
        List<UndoEntry> all = new ArrayList<>(entries);
        all.add(entry);
        replace(all);
        entries.add(entry);
    }

    /** Keeps only these entries. Without entries the file is deleted. */
    void keep(List<UndoEntry> notUndone) throws IOException {
        entries.clear();
        entries.addAll(notUndone);
        if (notUndone.isEmpty()) {
            new AtomicFileWriter().deleteLeftovers(file);
            Files.deleteIfExists(file);
            deleteIfEmpty(file.getParent());
            return;
        }
        replace(notUndone);
    }

    private void replace(List<UndoEntry> all) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (UndoEntry entry : all) {
            lines.append(entry.line()).append('\n');
        }
        new AtomicFileWriter().replace(file, StandardCharsets.UTF_8.encode(lines.toString()), "rw-------");
    }

    private static void deleteIfEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> inside = Files.list(directory)) {
                if (inside.findAny().isPresent()) {
                    return;
                }
            }
            Files.delete(directory);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
