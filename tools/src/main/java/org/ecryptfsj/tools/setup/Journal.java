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
 * What set-ups change on this machine, in order, each on the disk before it is done. The file is replaced as a whole, so that
 * no interruption leaves half a line.
 */
final class Journal {
    private static final int MOST_BYTES = 1 << 20;

    private final Path file;
    private final List<Deed> deeds;

    private Journal(Path file, List<Deed> deeds) {
        this.file = file;
        this.deeds = deeds;
    }

    /**
     * Reads it, if there is one. What it says is undone as root, so only root can have written it.
     *
     * @throws org.ecryptfsj.tree.UntrustedFileException if others could have
     * @throws IOException if it cannot be read; then nothing should be changed
     */
    static Journal read(Path file) throws IOException {
        List<Deed> deeds = new ArrayList<>();
        try (Descriptor opened = Trust.open(file)) {
            for (String line : text(opened).lines().toList()) {
                deeds.add(Deed.parse(line));
            }
        } catch (NoSuchFileException e) {
            return new Journal(file, deeds);
        }
        return new Journal(file, deeds);
    }

    private static String text(Descriptor opened) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(MOST_BYTES + 1);
        while (bytes.hasRemaining() && opened.read(bytes) > 0) {}
        if (!bytes.hasRemaining()) {
            throw new IOException(
                    opened.name() + " holds more than " + MOST_BYTES + " bytes: no set-up writes so much");
        }
        return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    }

    /** In the order recorded. */
    List<Deed> deeds() {
        return List.copyOf(deeds);
    }

    /** Adds one, and returns when the disk has it. */
    void add(Deed deed) throws IOException {
        Files.createDirectories(file.getParent());
        List<Deed> all = new ArrayList<>(deeds);
        all.add(deed);
        replace(all);
        deeds.add(deed);
    }

    /** Keeps these only; without any there is no journal any more. */
    void keep(List<Deed> left) throws IOException {
        deeds.clear();
        deeds.addAll(left);
        if (left.isEmpty()) {
            AtomicFileWriter.deleteLeftovers(file);
            Files.deleteIfExists(file);
            deleteIfEmpty(file.getParent());
            return;
        }
        replace(left);
    }

    private void replace(List<Deed> all) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Deed deed : all) {
            lines.append(deed.line()).append('\n');
        }
        AtomicFileWriter.replace(file, StandardCharsets.UTF_8.encode(lines.toString()), "rw-------");
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
