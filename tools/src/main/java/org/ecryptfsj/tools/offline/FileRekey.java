package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.FileKey;
import org.ecryptfsj.lower.HeaderKeys;
import org.ecryptfsj.lower.HeaderPatch;
import org.ecryptfsj.lower.KeyPacket;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeFile;

/**
 * Adds and drops keys of one file. What a pass does follows from the header alone, so a run that was killed is continued by the
 * next one.
 */
final class FileRekey {
    private final OfflineKeys keys;
    private final RekeyPlan plan;
    private final RekeyReport report;

    FileRekey(OfflineKeys keys, RekeyPlan plan, RekeyReport report) {
        this.keys = keys;
        this.plan = plan;
        this.report = report;
    }

    /**
     * Does one pass.
     *
     * @param first whether no pass was before: files are counted once
     */
    void run(RekeyPass pass, boolean first, TreeDirectory directory, TreePath entry) throws ToolFailure {
        if (first) {
            report.count(RekeyCount.FILES);
        }
        try (TreeFile opened = open(directory, entry)) {
            Optional<LowerFile> file =
                    LowerFile.of(opened).filter(f -> f.header().metadata().isEncrypted());
            if (file.isPresent()) {
                requireUsable(file.get());
                if (first) {
                    report.count(RekeyCount.ENCRYPTED_FILES);
                }
                step(pass, file.get());
            }
        } catch (SkippedEntryException | IOException e) {
            report.failed(entry, e.getMessage());
        }
    }

    private TreeFile open(TreeDirectory directory, TreePath entry) throws IOException {
        return plan.dryRun() ? directory.openFile(entry.name()) : directory.openForWriting(entry.name());
    }

    private void requireUsable(LowerFile file) throws SkippedEntryException, IOException {
        if (plan.mounted() && file.header().place() == Place.ATTRIBUTE) {
            throw new SkippedEntryException(
                    "the header is in the extended attribute, which the kernel replaces as a whole"
                            + " while the directory is mounted: unmount it first");
        }
        if (!plan.dryRun() && !file.file().tryLock()) {
            throw new SkippedEntryException("another program has locked the file");
        }
    }

    private void step(RekeyPass pass, LowerFile file) throws SkippedEntryException, ToolFailure, IOException {
        HeaderKeys header = file.keys();
        switch (pass) {
            case PREPARE -> prepare(file, header);
            case ACTIVATE -> activate(file, header);
            case REVOKE -> revoke(file, header);
            case ERASE -> erase(file, header);
            case NAMES -> throw new IllegalStateException("names are not changed in files");
        }
    }

    private void prepare(LowerFile file, HeaderKeys header) throws SkippedEntryException, ToolFailure, IOException {
        List<Signature> missing = plan.added().missing(header.signatures());
        if (missing.isEmpty()) {
            report.count(RekeyCount.FILES_WITH_ALL_NEW_KEYS);
            return;
        }
        try (FileKey key = keys.agreedFileKey(header.keys())) {
            List<KeyPacket> packets = plan.added().packets(missing, key);
            if (file.header().place() == Place.ATTRIBUTE) {
                header.replaced(packets, Set.of());
            } else if (!header.isPrepared(packets) && !plan.dryRun()) {
                file.patch(header.preparation(packets));
            }
        }
        if (plan.dryRun()) {
            report.count(RekeyCount.FILES_WITH_KEYS_ADDED);
        } else {
            report.prepared();
        }
    }

    /** Makes the keys valid only if all of them open the file. What prevents it was reported by the pass before. */
    private void activate(LowerFile file, HeaderKeys header) throws SkippedEntryException, ToolFailure, IOException {
        List<Signature> missing = plan.added().missing(header.signatures());
        if (missing.isEmpty()) {
            return;
        }
        if (file.header().place() == Place.ATTRIBUTE) {
            report.activating();
            try (FileKey key = keys.agreedFileKey(header.keys())) {
                file.replaceAttribute(header.replaced(plan.added().packets(missing, key), Set.of()));
            }
        } else {
            boolean module = plan.added().beginsWithModuleKey(missing);
            List<KeyPacket> prepared = header.prepared(module);
            if (!prepared.stream().map(KeyPacket::signature).toList().equals(missing)) {
                return;
            }
            report.activating();
            requireOpens(header.keys(), prepared);
            file.patch(header.activation(module));
        }
        report.count(RekeyCount.FILES_WITH_KEYS_ADDED);
    }

    private void requireOpens(List<KeyPacket> present, List<KeyPacket> prepared)
            throws SkippedEntryException, ToolFailure, IOException {
        List<KeyPacket> all = new ArrayList<>(present);
        for (KeyPacket packet : prepared) {
            keys.agreedFileKey(List.of(packet)).close();
            all.add(packet);
        }
        keys.agreedFileKey(all).close();
    }

    /** A file whose new keys could not be added keeps its old ones; that was reported. */
    private void revoke(LowerFile file, HeaderKeys header) throws SkippedEntryException, ToolFailure, IOException {
        Set<Signature> dropping = new HashSet<>(header.signatures());
        dropping.retainAll(plan.dropped());
        boolean lacksNewKeys = !plan.added().missing(header.signatures()).isEmpty();
        if (dropping.isEmpty() || (lacksNewKeys && !plan.dryRun())) {
            return;
        }
        requireAnotherKey(header, lacksNewKeys);
        if (!plan.dryRun()) {
            if (file.header().place() == Place.ATTRIBUTE) {
                file.replaceAttribute(header.replaced(List.of(), plan.dropped()));
            } else {
                patch(file, header.revocation(plan.dropped()));
            }
        }
        report.count(RekeyCount.FILES_WITH_KEYS_DROPPED);
    }

    /**
     * A key is dropped only if another one was seen to open the file.
     *
     * @param willGetNewKeys whether it has none of the new keys yet: in a dry run
     */
    private void requireAnotherKey(HeaderKeys header, boolean willGetNewKeys)
            throws SkippedEntryException, ToolFailure, IOException {
        List<KeyPacket> kept = header.keys().stream()
                .filter(key -> !plan.dropped().contains(key.signature()))
                .toList();
        keys.agreedFileKey(header.keys()).close();
        if (willGetNewKeys) {
            return;
        }
        if (kept.isEmpty()) {
            throw new SkippedEntryException("it has no other key: nothing is dropped; add a key first");
        }
        try {
            keys.agreedFileKey(kept).close();
        } catch (SkippedEntryException e) {
            throw new SkippedEntryException(
                    "nothing is dropped, because no other key was seen to open the file: " + e.getMessage());
        }
    }

    private void erase(LowerFile file, HeaderKeys header) throws IOException {
        if (file.header().place() == Place.FILE) {
            patch(file, header.erasure());
        }
    }

    private static void patch(LowerFile file, List<HeaderPatch> patches) throws IOException {
        for (HeaderPatch patch : patches) {
            file.patch(patch);
        }
    }
}
