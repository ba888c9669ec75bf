package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.SalvagedFile;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.WrittenFile.Origin;
import org.ecryptfsj.tree.TreeFile;

/**
 * Decrypts the contents of files into temporary files of the output; copies files without an eCryptfs header, if that is
 * permitted. Used by several threads.
 *
 * @param tasks the threads
 * @param report gets the progress only
 */
record FileDecryption(OutputTree output, DecryptionOptions options, OrderedTasks tasks, DecryptionReport report) {
    /** Writes the contents into a partial file. */
    @FunctionalInterface
    private interface Contents {
        /** @return what is missing */
        Optional<String> write(PartialFile part) throws SkippedEntryException, IOException;
    }

    /**
     * Decrypts or copies a file.
     *
     * @param opened the lower file; closed by the caller
     * @param keys finds its key
     * @return its {@link PartialFile} is closed by the caller
     */
    WrittenFile write(TreeFile opened, TreePath path, ContentsKeys keys)
            throws SkippedEntryException, ToolFailure, IOException {
        FileStatus status = opened.status();
        if (options.salvage().isPresent()) {
            return salvage(opened, path, status, options.salvage().get(), keys);
        }
        Optional<LowerFile> file = LowerFile.of(opened);
        return file.isPresent() ? decrypt(file.get(), status, keys) : copy(opened, status);
    }

    /** Writes what is left of a file. */
    private WrittenFile salvage(TreeFile opened, TreePath path, FileStatus status, Salvage salvage, ContentsKeys keys)
            throws SkippedEntryException, ToolFailure, IOException {
        Optional<SalvagedFile> found = SalvagedFile.of(opened, salvage.fill());
        if (found.isEmpty() && status.size() > 0 && options.headers().isPresent()) {
            found = withCopiedHeader(opened, path, salvage, options.headers().get());
        }
        if (found.isEmpty()) {
            return copy(opened, status);
        }
        SalvagedFile file = found.get();
        try (DecryptedContent contents = keys.contents(file.file()).toleratingGaps()) {
            return write(status, Origin.DECRYPTED, contents.size(), part -> Salvage.lacks(file, write(contents, part)));
        }
    }

    private static Optional<SalvagedFile> withCopiedHeader(
            TreeFile opened, TreePath path, Salvage salvage, HeaderCopies headers) throws IOException {
        Optional<TreeFile> copy = headers.of(path);
        if (copy.isEmpty()) {
            return Optional.empty();
        }
        try (TreeFile header = copy.get()) {
            return Optional.of(SalvagedFile.with(opened, header, salvage.fill()));
        }
    }

    private WrittenFile decrypt(LowerFile file, FileStatus status, ContentsKeys keys)
            throws SkippedEntryException, ToolFailure, IOException {
        try (DecryptedContent contents = keys.contents(file)) {
            file.requireWhole();
            return write(status, Origin.DECRYPTED, contents.size(), part -> {
                write(contents, part);
                return Optional.empty();
            });
        }
    }

    private long write(DecryptedContent contents, PartialFile part) throws IOException {
        return new ContentReader(tasks).read(contents, (position, bytes) -> write(part, position, bytes));
    }

    private void write(PartialFile part, long position, ByteBuffer bytes) throws OutputWriteException {
        int count = bytes.remaining();
        part.write(position, bytes);
        report.written(count);
    }

    /** An empty lower file remains from a crash during its creation; the kernel shows it as an empty file. */
    private WrittenFile copy(TreeFile file, FileStatus status) throws SkippedEntryException, IOException {
        boolean empty = status.size() == 0;
        if (!options.passthrough() && !empty) {
            throw new SkippedEntryException(
                    "not an eCryptfs file: it has no header; --passthrough copies it unchanged");
        }
        return write(status, empty ? Origin.EMPTY : Origin.COPIED, status.size(), part -> {
            copy(file, status.size(), part);
            return Optional.empty();
        });
    }

    private void copy(TreeFile file, long size, PartialFile part) throws SkippedEntryException, IOException {
        long at = 0;
        while (at < size) {
            tasks.requireRunning();
            long data = Math.min(size, file.nextData(at).orElse(size));
            ByteBuffer buffer = ContentReader.buffer();
            buffer.limit((int) Math.min(buffer.capacity(), size - data));
            if (buffer.hasRemaining() && file.read(data, buffer) == 0) {
                throw new SkippedEntryException("it became shorter during the copy");
            }
            at = data + buffer.flip().remaining();
            write(part, data, buffer);
        }
    }

    private WrittenFile write(FileStatus status, Origin origin, long size, Contents contents)
            throws SkippedEntryException, IOException {
        PartialFile part = output.partialFiles().create();
        boolean complete = false;
        try {
            Optional<String> lacks = contents.write(part);
            part.complete(size);
            output.keepAttributes(part.file(), status);
            complete = true;
            return new WrittenFile(part, status, origin, size, lacks);
        } finally {
            if (!complete) {
                part.close();
            }
        }
    }
}
