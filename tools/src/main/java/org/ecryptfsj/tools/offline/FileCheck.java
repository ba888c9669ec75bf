package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.lower.Metadata;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeFile;

/** Checks lower files: header and size and, with keys, the file key and the contents. */
final class FileCheck {
    private static final int BUFFER_BYTES = 65536;

    private final Optional<OfflineKeys> keys;
    private final Options options;
    private final CheckReport report;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    /**
     * The options of the user.
     *
     * @param read whether the contents are read
     * @param passthrough whether files without a header are no problem
     */
    record Options(boolean read, boolean passthrough) {}

    /** @param keys empty if there are none; not closed */
    FileCheck(Optional<OfflineKeys> keys, Options options, CheckReport report) {
        this.keys = keys;
        this.options = options;
        this.report = report;
    }

    /** One check of a file. */
    @FunctionalInterface
    private interface Check {
        void run() throws MalformedLowerException, IOException;
    }

    /** Checks a file. The contents of a temporary file may be incomplete. */
    void check(TreeDirectory from, NamedPath entry) throws ToolFailure, IOException {
        try (TreeFile opened = from.openFile(entry.lower().name())) {
            long size = opened.status().size();
            report.count(CheckCount.BYTES, size);
            if (LeftoverName.is(entry.lower().name())) {
                report.count(CheckCount.LEFTOVER_FILES);
            } else if (size == 0) {
                checkEmpty(opened, entry);
            } else {
                checkHeader(opened, entry);
            }
            report.advance(size);
        }
    }

    /** The header of an empty file can be in the attribute. */
    private void checkEmpty(TreeFile file, NamedPath entry) throws ToolFailure, IOException {
        if (LowerFile.attribute(file).isPresent()) {
            checkHeader(file, entry);
        } else {
            report.count(CheckCount.EMPTY_FILES);
        }
    }

    private void checkHeader(TreeFile opened, NamedPath entry) throws ToolFailure, IOException {
        Optional<LowerFile> file;
        try {
            file = LowerFile.of(opened);
        } catch (MalformedLowerException e) {
            report.found(entry, FindingKind.HEADER, e.getMessage());
            return;
        }
        if (file.isPresent()) {
            checkSizes(file.get(), entry);
            return;
        }
        report.count(CheckCount.FOREIGN_FILES);
        if (!options.passthrough()) {
            report.found(
                    entry,
                    FindingKind.NO_HEADER,
                    "not an eCryptfs file, or its header was overwritten; --passthrough accepts such files");
        }
    }

    private void checkSizes(LowerFile file, NamedPath entry) throws ToolFailure, IOException {
        Metadata metadata = file.header().metadata();
        report.count(metadata.isEncrypted() ? CheckCount.ENCRYPTED_FILES : CheckCount.UNENCRYPTED_FILES);
        report.keys(file.header());
        checkFlags(file, entry);
        boolean complete = passes(entry, FindingKind.TRUNCATED, file::requireAllExtents);
        boolean filled = passes(entry, FindingKind.HOLE, file::requireNoHole);
        passes(entry, FindingKind.LONGER, file::requireNothingBehind);
        if (keys.isPresent()) {
            checkContents(file, entry, keys.get(), complete && filled);
        }
    }

    private void checkFlags(LowerFile file, NamedPath entry) {
        Metadata metadata = file.header().metadata();
        boolean inAttribute = file.header().place() == Place.ATTRIBUTE;
        if (metadata.isInAttribute() != inAttribute) {
            report.found(
                    entry,
                    FindingKind.FLAGS,
                    "the header is in the " + (inAttribute ? "extended attribute" : "file")
                            + ", but its flags say that it is in the " + (inAttribute ? "file" : "extended attribute"));
        }
        if (metadata.hasHmac() || metadata.hasUnknownFlags()) {
            report.found(
                    entry,
                    FindingKind.FLAGS,
                    "the header has the flags 0x" + Integer.toHexString(metadata.flags())
                            + ", of which some have no meaning in any kernel");
        }
        byte[] name = entry.lower().name().bytes();
        if (metadata.hasEncryptedNames() && !EncryptedName.isEncrypted(name)) {
            report.found(
                    entry,
                    FindingKind.NAME_PLAIN,
                    "the header says that the name was encrypted, and it is not: a mount with encrypted names does not"
                            + " show the file");
        }
    }

    private boolean passes(NamedPath entry, FindingKind kind, Check check) throws IOException {
        try {
            check.run();
            return true;
        } catch (MalformedLowerException e) {
            report.found(entry, kind, e.getMessage());
            return false;
        }
    }

    /** @param readable whether the file has all bytes of its contents */
    private void checkContents(LowerFile file, NamedPath entry, OfflineKeys offline, boolean readable)
            throws ToolFailure, IOException {
        try (DecryptedContent contents = offline.contents(file)) {
            if (file.header().metadata().isEncrypted()) {
                report.count(CheckCount.OPENED_FILES);
            }
            if (readable
                    && passes(entry, FindingKind.PADDING, contents::requireZeroPadding)
                    && options.read()
                    && passes(entry, FindingKind.TRUNCATED, () -> read(contents))) {
                report.count(CheckCount.READ_FILES);
            }
        } catch (SkippedEntryException e) {
            report.found(entry, FindingKind.FILE_LOCKED, e.getMessage());
        }
    }

    private void read(DecryptedContent contents) throws IOException {
        long at = 0;
        while (at < contents.size()) {
            long data = contents.nextData(at);
            contents.read(data, buffer.clear());
            at = data + buffer.position();
        }
    }
}
