package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.lower.Contents;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.RawName;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.Done;

/**
 * Decrypts a lower directory into an output directory. What fails is told and counted, and the rest goes on; but when the
 * output's disk is full, nothing does.
 */
final class TreeDecryption {
    private static final String NAME = "ecryptfs-decrypt";
    private static final int BUFFER_BYTES = 65536;

    private final Path from;
    private final Path to;
    private final Rules rules;
    private final PlainNames names;
    private final DecryptionRecord record;
    private final Progress progress;
    private final Outcome outcome;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    /**
     * What the user allowed.
     *
     * @param force whether files this program did not write may be overwritten
     * @param passthrough whether files without eCryptfs' header are copied
     * @param withOwner whether this process may give files away
     */
    record Rules(boolean force, boolean passthrough, boolean withOwner) {}

    TreeDecryption(
            Path from,
            Path to,
            Rules rules,
            OfflineKeys keys,
            DecryptionRecord record,
            Progress progress,
            Outcome outcome) {
        this.from = from;
        this.to = to;
        this.rules = rules;
        this.names = new PlainNames(keys);
        this.record = record;
        this.progress = progress;
        this.outcome = outcome;
    }

    /** @throws ToolFailure if the disk is full, or a key cannot be made at all */
    void run() throws ToolFailure, IOException {
        Files.deleteIfExists(to.resolve(PartFile.NAME));
        contentsOf(from, to);
    }

    private void contentsOf(Path lower, Path output) throws ToolFailure, IOException {
        Set<Path> taken = new HashSet<>();
        for (Path entry : PlainNames.entries(lower)) {
            try {
                one(entry, output, taken);
            } catch (IOException e) {
                failed(entry, Optional.empty(), reason(e));
            }
        }
    }

    /** @param taken what the directory's entries have been decrypted to: two of them may have one name, under two keys */
    private void one(Path lower, Path directory, Set<Path> taken) throws ToolFailure, IOException {
        LowerEntry entry = LowerEntry.of(lower);
        Path output;
        try {
            output = directory.resolve(RawName.path(names.of(lower)));
        } catch (NoKeyException e) {
            failed(
                    lower,
                    Optional.empty(),
                    e.getMessage() + (entry.isDirectory() ? ": nothing in it was decrypted" : ""));
            return;
        }
        try {
            if (isOwn(output)) {
                throw new NoKeyException("its name is one that " + NAME + " uses itself");
            }
            if (!taken.add(output)) {
                throw new NoKeyException("another file of its directory has the same name, decrypted");
            }
            if (entry.isDirectory()) {
                directory(lower, entry, output);
            } else if (entry.isSymlink()) {
                symlink(lower, entry, output);
            } else if (entry.isFile()) {
                file(lower, entry, output);
            } else {
                failed(lower, Optional.of(output), "it is a device, a pipe or a socket, which is not copied");
            }
        } catch (NoKeyException e) {
            failed(lower, Optional.of(output), e.getMessage());
        } catch (OutputException e) {
            stopIfFull(e);
            failed(lower, Optional.of(output), RawName.shown(output) + " cannot be written: " + reason(e));
        } catch (IOException e) {
            failed(lower, Optional.of(output), reason(e));
        }
    }

    private boolean isOwn(Path output) {
        return output.getParent().equals(to)
                && (output.endsWith(DecryptionRecord.NAME) || output.endsWith(PartFile.NAME));
    }

    private void directory(Path lower, LowerEntry entry, Path output) throws ToolFailure, IOException {
        Done done = new Done(hex(from, lower), 0, 0, 0);
        boolean ours = record.at(hex(to, output)).filter(done::equals).isPresent();
        if (!Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
            create(output);
            remember(output, done);
            ours = true;
        } else if (!Files.isDirectory(output, LinkOption.NOFOLLOW_LINKS)) {
            failed(lower, Optional.of(output), RawName.shown(output) + " is in the way, and is no directory");
            return;
        } else if (ours) {
            Files.setPosixFilePermissions(output, PosixFilePermissions.fromString("rwx------"));
        }
        try {
            contentsOf(lower, output);
            outcome.directory();
        } finally {
            if (ours) {
                entry.applyTo(output, rules.withOwner());
            }
        }
    }

    private void create(Path directory) throws OutputException {
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw OutputException.in(to, e);
        }
    }

    private void symlink(Path lower, LowerEntry entry, Path output) throws NoKeyException, ToolFailure, IOException {
        Path target = RawName.path(names.targetOf(lower));
        if (Files.isSymbolicLink(output) && Files.readSymbolicLink(output).equals(target)) {
            outcome.symlink();
            progress.fileDone();
            return;
        }
        if (Files.exists(output, LinkOption.NOFOLLOW_LINKS) && !rules.force()) {
            failed(lower, Optional.of(output), inTheWay(output));
            return;
        }
        PartFile.placeSymlink(to, target, entry, rules.withOwner(), output);
        outcome.symlink();
        progress.fileDone();
    }

    private void file(Path lower, LowerEntry entry, Path output) throws NoKeyException, ToolFailure, IOException {
        Optional<Done> before =
                record.at(hex(to, output)).filter(d -> d.lowerPath().equals(hex(from, lower)));
        boolean exists = Files.exists(output, LinkOption.NOFOLLOW_LINKS);
        boolean ours = exists && before.isPresent() && before.get().isStill(LowerEntry.of(output));
        if (ours && before.get().isOf(entry, hex(from, lower))) {
            outcome.upToDate();
            progress.advance(entry.size());
            progress.fileDone();
            return;
        }
        if (exists && !ours && !rules.force()) {
            failed(lower, Optional.of(output), inTheWay(output));
            return;
        }
        Optional<LowerFile> opened = LowerFile.open(lower);
        if (opened.isEmpty()) {
            copy(lower, entry, output);
            return;
        }
        try (LowerFile file = opened.get();
                Contents contents = names.keys().contents(file);
                PartFile part = PartFile.create(to)) {
            for (long at = 0; at < contents.size(); at += buffer.limit()) {
                contents.read(at, buffer.clear());
                append(part, buffer.flip());
            }
            place(part, lower, entry, output);
            outcome.decrypted(part.size());
        }
    }

    private void copy(Path lower, LowerEntry entry, Path output) throws NoKeyException, IOException {
        if (!rules.passthrough()) {
            throw new NoKeyException("it is no file of eCryptfs: it has no header; --passthrough copies it as it is");
        }
        try (FileChannel in = FileChannel.open(lower, StandardOpenOption.READ);
                PartFile part = PartFile.create(to)) {
            while (in.read(buffer.clear()) >= 0) {
                append(part, buffer.flip());
            }
            place(part, lower, entry, output);
            outcome.copied(part.size());
        }
    }

    private void append(PartFile part, ByteBuffer bytes) throws OutputException {
        int count = bytes.remaining();
        part.append(bytes);
        progress.advance(count);
    }

    private void place(PartFile part, Path lower, LowerEntry entry, Path output) throws IOException {
        part.place(entry, rules.withOwner(), output);
        remember(output, new Done(hex(from, lower), entry.size(), entry.modifiedNanos(), part.size()));
        progress.fileDone();
    }

    private void remember(Path output, Done done) throws OutputException {
        try {
            record.add(hex(to, output), done);
        } catch (IOException e) {
            throw OutputException.in(to, e);
        }
    }

    private static String inTheWay(Path output) {
        return RawName.shown(output) + " exists, and was not written by " + NAME
                + " or was changed since; --force overwrites it";
    }

    private void stopIfFull(OutputException e) throws ToolFailure {
        if (e.isFull()) {
            throw new ToolFailure(
                    1,
                    "no space is left in " + RawName.shown(to),
                    "make room and run the same command again: it goes on where it stopped. The file that did not fit was"
                            + " removed");
        }
    }

    private void failed(Path lower, Optional<Path> output, String reason) {
        String file = RawName.shown(from.relativize(lower));
        String name = output.map(o -> RawName.shown(to.relativize(o))).orElse("");
        progress.hide();
        System.err.println(
                NAME + ": " + file + (name.isEmpty() || name.equals(file) ? "" : " (" + name + ")") + ": " + reason);
        outcome.failed(file, name, reason);
        progress.fileDone();
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    }

    private static String hex(Path base, Path path) {
        return HexFormat.of().formatHex(RawName.bytesOfAll(base.relativize(path)));
    }
}
