package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/** One pass over a lower directory. A failed entry is reported and counted, and the pass continues. */
final class TreeRekey implements TreeWalk.Visitor<ToolFailure> {
    private static final FileName TOP = FileName.of("(all)");

    private final RekeyPass pass;
    private final boolean first;
    private final long device;
    private final FileRekey files;
    private final Optional<NameRekey> names;
    private final RekeyReport report;
    private final Deque<Optional<TreePath>> directories = new ArrayDeque<>();

    private TreeRekey(
            RekeyPass pass,
            boolean first,
            long device,
            FileRekey files,
            Optional<NameRekey> names,
            RekeyReport report) {
        this.pass = pass;
        this.first = first;
        this.device = device;
        this.files = files;
        this.names = names;
        this.report = report;
        directories.push(Optional.empty());
    }

    /**
     * Does all passes. The disk has each pass, and what an earlier run wrote, before the next one begins.
     *
     * @param from is not closed
     */
    static void run(TreeDirectory from, RekeyPlan plan, OfflineKeys keys, ProgressBar progress, RekeyReport report)
            throws ToolFailure, IOException {
        FileRekey files = new FileRekey(keys, plan, report);
        Optional<NameRekey> names = plan.names().map(key -> new NameRekey(keys, key, plan.dryRun(), report));
        List<RekeyPass> passes = plan.passes();
        long device = from.status().device();
        sync(from, plan);
        for (RekeyPass pass : passes) {
            progress.begin(pass.progress());
            boolean first = pass == passes.get(0);
            new TreeWalk<>(new TreeRekey(pass, first, device, files, names, report)).run(from);
            sync(from, plan);
        }
        report.finish();
    }

    private static void sync(TreeDirectory from, RekeyPlan plan) throws TreeException {
        if (!plan.dryRun()) {
            from.syncFileSystem();
        }
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        Optional<TreePath> parent = directories.getFirst();
        TreePath entry = TreePath.of(parent, name);
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isPresent() && status.get().isDirectory()) {
                return enter(directory, entry, deeper);
            }
            if (status.isPresent()) {
                change(directory, entry, status.get());
            }
        } catch (SkippedEntryException | IOException e) {
            report.failed(entry, e.getMessage());
        }
        return Optional.empty();
    }

    private Optional<TreeDirectory> enter(TreeDirectory directory, TreePath entry, boolean deeper)
            throws SkippedEntryException, ToolFailure, IOException {
        if (!deeper) {
            throw new SkippedEntryException("nested deeper than " + TreeWalk.MAX_DEPTH + " directories; not entered");
        }
        FileName name = pass == RekeyPass.NAMES ? renamed(directory, entry) : entry.name();
        TreeDirectory entered = directory.openDirectory(name);
        boolean complete = false;
        try {
            if (entered.status().device() != device) {
                throw new SkippedEntryException(
                        "another file system is mounted there; not entered: run the command there too");
            }
            directories.push(Optional.of(TreePath.of(entry.parent(), name)));
            complete = true;
            return Optional.of(entered);
        } finally {
            if (!complete) {
                entered.close();
            }
        }
    }

    /** A directory whose name cannot be changed is entered under its old one. */
    private FileName renamed(TreeDirectory directory, TreePath entry) throws ToolFailure {
        FileName name = entry.name();
        try {
            return names.orElseThrow().rename(directory, name);
        } catch (SkippedEntryException | IOException e) {
            report.failed(entry, e.getMessage());
            return name;
        }
    }

    private void change(TreeDirectory directory, TreePath entry, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        if (pass != RekeyPass.NAMES) {
            if (status.isRegular()) {
                files.run(pass, first, directory, entry);
            }
        } else if (status.isSymlink()) {
            names.orElseThrow().replaceLink(directory, entry.name(), status);
        } else {
            names.orElseThrow().rename(directory, entry.name());
        }
        report.done();
    }

    @Override
    public void leave() {
        directories.pop();
    }

    @Override
    public void unreadable(TreeException failure) {
        TreePath entry = directories.getFirst().orElseGet(() -> TreePath.of(Optional.empty(), TOP));
        report.failed(entry, "cannot read its entries: " + failure.getMessage());
    }
}
