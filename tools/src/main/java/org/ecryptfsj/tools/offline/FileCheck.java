package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.lower.Metadata;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeFile;

/**
 * The check of a lower file: header and size and, with keys, the file key and the contents.
 *
 * @param options of the user
 * @param reader reads the contents
 * @param keys finds the file's key; empty if there are no keys
 * @param entry the file's path
 * @param events gets what is found
 */
record FileCheck(
        Options options, ContentReader reader, Optional<ContentsKeys> keys, NamedPath entry, CheckEvents events) {
    /**
     * The options of the user.
     *
     * @param read whether the contents are read
     * @param passthrough whether files without a header are no problem
     */
    record Options(boolean read, boolean passthrough) {}

    /** One check of a file. */
    @FunctionalInterface
    private interface Check {
        void run() throws MalformedLowerException, IOException;
    }

    /**
     * Checks the file. The contents of a temporary file may be incomplete.
     *
     * @param opened closed by the caller
     * @throws KeyNotReadyException if the keys throw it
     */
    void run(TreeFile opened) throws KeyNotReadyException, ToolFailure, IOException {
        long size = opened.status().size();
        events.count(CheckCount.BYTES, size);
        if (LeftoverName.is(entry.lower().name())) {
            events.count(CheckCount.LEFTOVER_FILES);
        } else if (size == 0) {
            checkEmpty(opened);
        } else {
            checkHeader(opened);
        }
        events.advance(size);
    }

    /** The header of an empty file can be in the attribute. */
    private void checkEmpty(TreeFile file) throws KeyNotReadyException, ToolFailure, IOException {
        if (LowerFile.attribute(file).isPresent()) {
            checkHeader(file);
        } else {
            events.count(CheckCount.EMPTY_FILES);
        }
    }

    private void checkHeader(TreeFile opened) throws KeyNotReadyException, ToolFailure, IOException {
        Optional<LowerFile> file;
        try {
            file = LowerFile.of(opened);
        } catch (MalformedLowerException e) {
            events.found(entry, FindingKind.HEADER, e.getMessage());
            return;
        }
        if (file.isPresent()) {
            checkSizes(file.get());
            return;
        }
        events.count(CheckCount.FOREIGN_FILES);
        if (!options.passthrough()) {
            events.found(
                    entry,
                    FindingKind.NO_HEADER,
                    "not an eCryptfs file, or its header was overwritten; --passthrough accepts such files");
        }
    }

    private void checkSizes(LowerFile file) throws KeyNotReadyException, ToolFailure, IOException {
        Metadata metadata = file.header().metadata();
        events.count(metadata.isEncrypted() ? CheckCount.ENCRYPTED_FILES : CheckCount.UNENCRYPTED_FILES);
        events.keys(file.header());
        checkFlags(file);
        boolean complete = passes(FindingKind.TRUNCATED, file::requireAllExtents);
        boolean filled = passes(FindingKind.HOLE, file::requireNoHole);
        passes(FindingKind.LONGER, file::requireNothingBehind);
        if (keys.isPresent()) {
            checkContents(file, keys.get(), complete && filled);
        }
    }

    private void checkFlags(LowerFile file) {
        Metadata metadata = file.header().metadata();
        boolean inAttribute = file.header().place() == Place.ATTRIBUTE;
        if (metadata.isInAttribute() != inAttribute) {
            events.found(
                    entry,
                    FindingKind.FLAGS,
                    "the header is in the " + (inAttribute ? "extended attribute" : "file")
                            + ", but its flags say that it is in the " + (inAttribute ? "file" : "extended attribute"));
        }
        if (metadata.hasHmac() || metadata.hasUnknownFlags()) {
            events.found(
                    entry,
                    FindingKind.FLAGS,
                    "the header has the flags 0x" + Integer.toHexString(metadata.flags())
                            + ", of which some have no meaning in any kernel");
        }
        byte[] name = entry.lower().name().bytes();
        if (metadata.hasEncryptedNames() && !EncryptedName.isEncrypted(name)) {
            events.found(
                    entry,
                    FindingKind.NAME_PLAIN,
                    "the header says that the name was encrypted, and it is not: a mount with encrypted names does not"
                            + " show the file");
        }
    }

    private boolean passes(FindingKind kind, Check check) throws IOException {
        try {
            check.run();
            return true;
        } catch (MalformedLowerException e) {
            events.found(entry, kind, e.getMessage());
            return false;
        }
    }

    /** @param readable whether the file has all bytes of its contents */
    private void checkContents(LowerFile file, ContentsKeys with, boolean readable)
            throws KeyNotReadyException, ToolFailure, IOException {
        try (DecryptedContent contents = with.contents(file)) {
            if (file.header().metadata().isEncrypted()) {
                events.count(CheckCount.OPENED_FILES);
            }
            if (readable
                    && passes(FindingKind.PADDING, contents::requireZeroPadding)
                    && options.read()
                    && passes(FindingKind.TRUNCATED, () -> reader.read(contents, (position, bytes) -> {}))) {
                events.count(CheckCount.READ_FILES);
            }
        } catch (KeyNotReadyException e) {
            throw e;
        } catch (SkippedEntryException e) {
            events.found(entry, FindingKind.FILE_LOCKED, e.getMessage());
        }
    }
}
