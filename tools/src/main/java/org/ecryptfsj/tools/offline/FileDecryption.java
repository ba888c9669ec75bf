package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.SalvagedFile;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeFile;

/** Decrypts the contents of files into the output; copies files without an eCryptfs header, if that is permitted. */
final class FileDecryption {
    private static final int BUFFER_BYTES = 65536;

    private final OutputTree output;
    private final OutputDirectories outputs;
    private final CompletedOutputs completed;
    private final OfflineKeys keys;
    private final DecryptionOptions options;
    private final DecryptionReport report;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    /** Decrypts files into the current output directory. */
    FileDecryption(
            OutputTree output,
            OutputDirectories outputs,
            CompletedOutputs completed,
            OfflineKeys keys,
            DecryptionOptions options,
            DecryptionReport report) {
        this.output = output;
        this.outputs = outputs;
        this.completed = completed;
        this.keys = keys;
        this.options = options;
        this.report = report;
    }

    /** Decrypts or copies a file, unless its output is up to date. */
    void decrypt(TreeDirectory from, TreeEntry entry) throws SkippedEntryException, ToolFailure, IOException {
        Optional<FileStatus> existing = outputs.current().status(entry.plain().name());
        if (existing.isPresent()) {
            if (completed.isUpToDate(entry, Kind.FILE, existing.get())) {
                completed.visit(entry);
                report.upToDate(entry.status().size());
                return;
            }
            completed.requireReplaceable(entry, Kind.FILE, existing.get());
        }
        try (TreeFile opened = from.openFile(entry.lower().name())) {
            FileStatus status = opened.status();
            if (options.salvage().isPresent()) {
                salvage(opened, entry, status, options.salvage().get());
                return;
            }
            Optional<LowerFile> file = LowerFile.of(opened);
            if (file.isPresent()) {
                decrypt(file.get(), entry, status);
            } else {
                copy(opened, entry, status);
            }
        }
    }

    /** Writes what is left of a file. If something is missing, the next run writes it again. */
    private void salvage(TreeFile opened, TreeEntry entry, FileStatus status, Salvage salvage)
            throws SkippedEntryException, ToolFailure, IOException {
        Optional<SalvagedFile> file = SalvagedFile.of(opened, salvage.fill());
        if (file.isEmpty() && status.size() > 0 && options.headers().isPresent()) {
            file = withCopiedHeader(opened, entry, salvage, options.headers().get());
        }
        if (file.isEmpty()) {
            copy(opened, entry, status);
            return;
        }
        try (DecryptedContent contents = keys.contents(file.get().file()).toleratingGaps();
                PartialFile part = PartialFile.create(output.top())) {
            write(contents, part);
            Optional<String> lacks = Salvage.lacks(file.get(), contents);
            if (lacks.isPresent()) {
                placeIncomplete(part, entry, status);
                report.salvaged(entry.lower(), Optional.of(entry.plain()), lacks.get());
            } else {
                place(part, entry, status);
            }
            report.decrypted(part.size());
        }
    }

    private static Optional<SalvagedFile> withCopiedHeader(
            TreeFile opened, TreeEntry entry, Salvage salvage, HeaderCopies headers) throws IOException {
        Optional<TreeFile> copy = headers.of(entry.lower());
        if (copy.isEmpty()) {
            return Optional.empty();
        }
        try (TreeFile header = copy.get()) {
            return Optional.of(SalvagedFile.with(opened, header, salvage.fill()));
        }
    }

    private void decrypt(LowerFile file, TreeEntry entry, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        try (DecryptedContent contents = keys.contents(file)) {
            file.requireWhole();
            try (PartialFile part = PartialFile.create(output.top())) {
                write(contents, part);
                place(part, entry, status);
                report.decrypted(part.size());
            }
        }
    }

    private void write(DecryptedContent contents, PartialFile part) throws IOException {
        long at = 0;
        while (at < contents.size()) {
            long data = contents.nextData(at);
            part.skip(data - at);
            contents.read(data, buffer.clear());
            at = data + buffer.flip().remaining();
            append(part);
        }
    }

    /** An empty lower file remains from a crash during its creation; the kernel shows it as an empty file. */
    private void copy(TreeFile file, TreeEntry entry, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        boolean empty = status.size() == 0;
        if (!options.passthrough() && !empty) {
            throw new SkippedEntryException(
                    "not an eCryptfs file: it has no header; --passthrough copies it unchanged");
        }
        try (PartialFile part = PartialFile.create(output.top())) {
            long size = status.size();
            long at = 0;
            while (at < size) {
                long data = Math.min(size, file.nextData(at).orElse(size));
                part.skip(data - at);
                at = data;
                buffer.clear().limit((int) Math.min(buffer.capacity(), size - at));
                if (buffer.hasRemaining() && file.read(at, buffer) == 0) {
                    throw new SkippedEntryException("it became shorter during the copy");
                }
                at += buffer.flip().remaining();
                append(part);
            }
            place(part, entry, status);
            if (empty) {
                report.empty();
            } else {
                report.copied(part.size());
            }
        }
    }

    private void append(PartialFile part) throws OutputWriteException {
        int count = buffer.remaining();
        part.append(buffer);
        report.written(count);
    }

    private void place(PartialFile part, TreeEntry entry, FileStatus status) throws ToolFailure, IOException {
        rename(part, entry, status);
        completed.add(entry, Kind.FILE, status, part.file().status());
    }

    private void placeIncomplete(PartialFile part, TreeEntry entry, FileStatus status) throws ToolFailure, IOException {
        rename(part, entry, status);
        completed.addIncomplete(entry, Kind.FILE, status, part.file().status());
    }

    private void rename(PartialFile part, TreeEntry entry, FileStatus status) throws ToolFailure, IOException {
        part.complete();
        output.keepAttributes(part.file(), status);
        part.place(outputs.current(), entry.plain().name());
    }
}
