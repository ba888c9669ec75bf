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
import org.ecryptfsj.tree.TreeFile;
import org.ecryptfsj.tree.TreeWalk;

/**
 * Checks a lower directory. Only reads; a finding is reported and counted, and the check continues. Files are checked on several
 * threads, and reported in the order of the walk.
 */
final class TreeCheck implements TreeWalk.Visitor<ToolFailure> {
    private static final FileName TOP = FileName.of("(all)");

    private final Optional<OfflineKeys> keys;
    private final Optional<NameDecryptor> decryptor;
    private final NameCheck names;
    private final FileCheck.Options options;
    private final OrderedTasks tasks;
    private final CheckReport report;
    private final Deque<Optional<NamedPath>> directories = new ArrayDeque<>();

    /**
     * @param keys empty if there are none; not closed
     * @param tasks the threads that check files; not closed
     */
    TreeCheck(Optional<OfflineKeys> keys, FileCheck.Options options, OrderedTasks tasks, CheckReport report) {
        this.keys = keys;
        this.decryptor = keys.map(NameDecryptor::new);
        this.names = new NameCheck(decryptor);
        this.options = options;
        this.tasks = tasks;
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
        tasks.finish();
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        Optional<NamedPath> parent = directories.getFirst();
        NamedPath entry = NamedPath.of(parent, name, name);
        CheckEvents events = new CheckEvents();
        Optional<TreeDirectory> entered = Optional.empty();
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isPresent()) {
                if (decryptor.isPresent() && !decryptor.get().isReady(name)) {
                    // Files before it look for their keys first.
                    tasks.finish();
                }
                entry = names.check(parent, name, events);
                if (status.get().isRegular()) {
                    events.count(CheckCount.FILES);
                    tasks.add(new FileTask(directory.openFile(name), entry, events));
                    return Optional.empty();
                }
                entered = check(directory, entry, status.get(), deeper, events);
            } else {
                events.found(entry, FindingKind.UNREADABLE, "removed during the run");
            }
        } catch (IOException e) {
            events.found(entry, FindingKind.UNREADABLE, e.getMessage());
        }
        return report(events, entered);
    }

    /** @param entered closed if the run has failed */
    private Optional<TreeDirectory> report(CheckEvents events, Optional<TreeDirectory> entered) throws ToolFailure {
        boolean complete = false;
        try {
            tasks.then(() -> events.replay(report));
            complete = true;
            return entered;
        } finally {
            if (!complete) {
                entered.ifPresent(TreeDirectory::close);
            }
        }
    }

    /** @return a directory to enter */
    private Optional<TreeDirectory> check(
            TreeDirectory directory, NamedPath entry, FileStatus status, boolean deeper, CheckEvents events)
            throws ToolFailure, IOException {
        if (status.isDirectory()) {
            return enter(directory, entry, deeper, events);
        }
        if (status.isSymlink()) {
            events.count(CheckCount.SYMLINKS);
            names.checkTarget(directory, entry, events);
        } else {
            events.count(CheckCount.SPECIAL_FILES);
        }
        events.done();
        return Optional.empty();
    }

    private Optional<TreeDirectory> enter(TreeDirectory directory, NamedPath entry, boolean deeper, CheckEvents events)
            throws IOException {
        events.count(CheckCount.DIRECTORIES);
        if (!deeper) {
            events.found(
                    entry,
                    FindingKind.TOO_DEEP,
                    "nested deeper than " + TreeWalk.MAX_DEPTH + " directories; not entered");
            return Optional.empty();
        }
        TreeDirectory entered = directory.openDirectory(entry.lower().name());
        directories.push(Optional.of(entry));
        return Optional.of(entered);
    }

    /** The check of one file. */
    private final class FileTask implements OrderedTasks.Task {
        private final TreeFile opened;
        private final NamedPath entry;
        private final CheckEvents before;
        private CheckEvents events = new CheckEvents();
        private boolean keyIsReady = true;
        private Optional<ToolFailure> failure = Optional.empty();

        /** @param before what was found of the entry before the file was opened */
        FileTask(TreeFile opened, NamedPath entry, CheckEvents before) {
            this.opened = opened;
            this.entry = entry;
            this.before = before;
        }

        @Override
        public void run() {
            check(keys.map(k -> k::readyContents));
        }

        private void check(Optional<ContentsKeys> with) {
            try {
                new FileCheck(options, new ContentReader(tasks), with, entry, events).run(opened);
                events.done();
            } catch (KeyNotReadyException e) {
                keyIsReady = false;
                return;
            } catch (IOException e) {
                events.found(entry, FindingKind.UNREADABLE, e.getMessage());
            } catch (ToolFailure e) {
                failure = Optional.of(e);
            }
            opened.close();
        }

        @Override
        public void complete() throws ToolFailure {
            if (!keyIsReady) {
                events = new CheckEvents();
                check(keys.map(k -> k::contents));
            }
            before.replay(report);
            events.replay(report);
            if (failure.isPresent()) {
                throw failure.get();
            }
        }

        @Override
        public void discard() {
            opened.close();
        }
    }

    @Override
    public void leave() {
        directories.pop();
    }

    @Override
    public void unreadable(TreeException failure) throws ToolFailure {
        NamedPath entry = directories.getFirst().orElseGet(() -> NamedPath.of(Optional.empty(), TOP, TOP));
        tasks.then(
                () -> report.found(entry, FindingKind.UNREADABLE, "cannot read its entries: " + failure.getMessage()));
    }
}
