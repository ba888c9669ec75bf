package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/** Checks a lower directory. Only reads; a finding is reported and counted, and the check continues. */
final class TreeCheck implements TreeWalk.Visitor<ToolFailure> {
    private static final FileName TOP = FileName.of("(all)");

    private final NameCheck names;
    private final FileCheck files;
    private final CheckReport report;
    private final Deque<Optional<NamedPath>> directories = new ArrayDeque<>();

    TreeCheck(NameCheck names, FileCheck files, CheckReport report) {
        this.names = names;
        this.files = files;
        this.report = report;
    }

    /**
     * Checks a directory.
     *
     * @param from is not closed
     */
    void run(TreeDirectory from) throws ToolFailure, IOException {
        directories.push(Optional.empty());
        new TreeWalk<>(this).run(from);
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        Optional<NamedPath> parent = directories.getFirst();
        NamedPath entry = NamedPath.of(parent, name, name);
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isEmpty()) {
                report.found(entry, FindingKind.UNREADABLE, "removed during the run");
                return Optional.empty();
            }
            entry = names.check(parent, name);
            if (status.get().isDirectory()) {
                return enter(directory, entry, deeper);
            }
            check(directory, entry, status.get().type());
        } catch (IOException e) {
            report.found(entry, FindingKind.UNREADABLE, e.getMessage());
        }
        return Optional.empty();
    }

    private Optional<TreeDirectory> enter(TreeDirectory directory, NamedPath entry, boolean deeper) throws IOException {
        report.count(CheckCount.DIRECTORIES);
        if (!deeper) {
            report.found(
                    entry,
                    FindingKind.TOO_DEEP,
                    "nested deeper than " + TreeWalk.MAX_DEPTH + " directories; not entered");
            return Optional.empty();
        }
        TreeDirectory entered = directory.openDirectory(entry.lower().name());
        directories.push(Optional.of(entry));
        return Optional.of(entered);
    }

    private void check(TreeDirectory directory, NamedPath entry, FileStatus.Type type) throws ToolFailure, IOException {
        switch (type) {
            case REGULAR -> {
                report.count(CheckCount.FILES);
                files.check(directory, entry);
            }
            case SYMLINK -> {
                report.count(CheckCount.SYMLINKS);
                names.checkTarget(directory, entry);
            }
            default -> report.count(CheckCount.SPECIAL_FILES);
        }
        report.done();
    }

    @Override
    public void leave() {
        directories.pop();
    }

    @Override
    public void unreadable(TreeException failure) {
        NamedPath entry = directories.getFirst().orElseGet(() -> NamedPath.of(Optional.empty(), TOP, TOP));
        report.found(entry, FindingKind.UNREADABLE, "cannot read its entries: " + failure.getMessage());
    }
}
