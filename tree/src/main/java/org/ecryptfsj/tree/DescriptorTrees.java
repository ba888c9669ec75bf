package org.ecryptfsj.tree;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.OpenDirectory;
import org.ecryptfsj.linux.OpenFile;
import org.ecryptfsj.tree.TreeException.Reason;

/**
 * Trees whose files are opened by descriptor. For a regular user, the kernel resolves paths. For root, they are resolved here,
 * one name at a time:
 *
 * <ul>
 *   <li>a symbolic link is followed only if root alone can have created it: in a directory of root's that others may not write
 *       to, or as a link of root's in a sticky directory such as /tmp;
 *   <li>for a directory to write to, each ancestor must be root's and not writable by others; in a sticky ancestor, the next
 *       directory must be root's.
 * </ul>
 */
public final class DescriptorTrees implements FileTrees {
    private static final int ROOT = 0;
    private static final int MAX_LINKS = 40;
    private static final byte[] CURRENT_DIRECTORY = {'.'};

    private final boolean root;

    private DescriptorTrees(boolean root) {
        this.root = root;
    }

    /** With the rules for this process's effective user. */
    public static DescriptorTrees ofThisProcess() {
        return new DescriptorTrees(Account.effectiveUid() == ROOT);
    }

    @Override
    public boolean isRoot() {
        return root;
    }

    @Override
    public TreeDirectory directory(byte[] path) throws TreeException {
        try {
            if (!root) {
                return new DescriptorDirectory(
                        OpenDirectory.openFollowingLinks(path.length == 0 ? CURRENT_DIRECTORY : path));
            }
            try (PathWalk walk = new PathWalk(path, false)) {
                walk.enterAll();
                return new DescriptorDirectory(walk.current.reopenForReading());
            }
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public TreeFile file(byte[] path) throws TreeException {
        try {
            if (!root) {
                return DescriptorFile.regular(OpenDirectory.openFileFollowingLinks(path));
            }
            try (PathWalk walk = new PathWalk(path, false)) {
                return DescriptorFile.regular(walk.openLast());
            }
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    @Override
    public Output output(byte[] path, TreeDirectory outside) throws TreeException {
        OpenDirectory other = ((DescriptorDirectory) outside).opened();
        try (PathWalk walk = new PathWalk(path, root)) {
            boolean missing = walk.enterExisting();
            refuseInside(walk.current, other.status());
            if (missing) {
                walk.createMissing();
            }
            FileStatus status = walk.current.status();
            refuseInside(other, status);
            return new Output(
                    new DescriptorDirectory(walk.current.reopenForReading()),
                    status,
                    missing,
                    Account.effectiveUid(),
                    NameRules.ANY_BYTES);
        } catch (LinuxException e) {
            throw ErrnoTranslation.translate(e);
        }
    }

    /** Refuses a directory that is the forbidden one, or below it. */
    private static void refuseInside(OpenDirectory directory, FileStatus forbidden)
            throws LinuxException, TreeException {
        try (AncestorWalk ancestors = new AncestorWalk(directory)) {
            do {
                if (ancestors.status().isSameFile(forbidden)) {
                    throw new TreeException(
                            Reason.EXISTS, "the lower and the output directory must not contain one another");
                }
            } while (ancestors.goToParent());
        }
    }

    /** Iterates over the ancestors of a directory, which the caller still owns. */
    private static final class AncestorWalk implements AutoCloseable {
        private final OpenDirectory start;
        private OpenDirectory current;

        AncestorWalk(OpenDirectory start) {
            this.start = start;
            this.current = start;
        }

        FileStatus status() throws LinuxException {
            return current.status();
        }

        /** False at the root. */
        boolean goToParent() throws LinuxException {
            FileStatus status = current.status();
            OpenDirectory parent = current.openParentPath();
            close();
            current = parent;
            return !parent.status().isSameFile(status);
        }

        @Override
        public void close() {
            if (current != start) {
                current.close();
            }
        }
    }

    /** Resolves a path one name at a time. */
    private static final class PathWalk implements AutoCloseable {
        private final boolean rootOnly;
        private final boolean root = Account.effectiveUid() == ROOT;
        private final List<Optional<FileName>> remaining;
        private OpenDirectory current;
        private int links;

        /** @param rootOnly whether each directory on the path must be one that only root can change */
        PathWalk(byte[] path, boolean rootOnly) throws LinuxException, TreeException {
            this.rootOnly = rootOnly;
            this.remaining = names(path);
            current = isAbsolute(path) ? OpenDirectory.root() : OpenDirectory.current();
            boolean trusted = false;
            try {
                if (rootOnly) {
                    requireTrustedAncestors();
                }
                trusted = true;
            } finally {
                if (!trusted) {
                    current.close();
                }
            }
        }

        void enterAll() throws LinuxException, TreeException {
            while (!remaining.isEmpty()) {
                enter(remaining.remove(0));
            }
        }

        /** Enters the existing directories; true if one is missing. */
        boolean enterExisting() throws LinuxException, TreeException {
            while (!remaining.isEmpty()) {
                Optional<FileName> next = remaining.get(0);
                if (next.isPresent() && current.status(next.get()).isEmpty()) {
                    return true;
                }
                enter(remaining.remove(0));
            }
            return false;
        }

        void createMissing() throws LinuxException, TreeException {
            while (!remaining.isEmpty()) {
                Optional<FileName> next = remaining.remove(0);
                if (next.isPresent() && current.status(next.get()).isEmpty()) {
                    requireSafeToCreate(next.get());
                    current.createDirectory(next.get(), 0700);
                }
                enter(next);
            }
        }

        /** A new directory belongs to root; it is safe in a directory of root's, even a sticky one that others may write to. */
        private void requireSafeToCreate(FileName name) throws LinuxException, TreeException {
            FileStatus directory = current.status();
            if (rootOnly && directory.uid() != ROOT) {
                throw untrusted(name, directory);
            }
        }

        OpenFile openLast() throws LinuxException, TreeException {
            while (remaining.size() > 1) {
                enter(remaining.remove(0));
            }
            if (remaining.isEmpty() || remaining.get(0).isEmpty()) {
                throw new TreeException(Reason.NOT_A_FILE, "it is a directory");
            }
            FileName last = remaining.remove(0).get();
            if (current.status(last).filter(FileStatus::isSymlink).isPresent()) {
                follow(last);
                return openLast();
            }
            return current.openFile(last);
        }

        private void enter(Optional<FileName> next) throws LinuxException, TreeException {
            if (next.isEmpty()) {
                replace(current.openParentPath());
                return;
            }
            FileName name = next.get();
            if (current.status(name).filter(FileStatus::isSymlink).isPresent()) {
                follow(name);
                return;
            }
            OpenDirectory opened = current.openPath(name);
            boolean trusted = false;
            try {
                if (rootOnly) {
                    requireTrusted(current.status(), opened.status(), name);
                }
                trusted = true;
            } finally {
                if (!trusted) {
                    opened.close();
                }
            }
            replace(opened);
        }

        /** Replaces a link by the names of its target. */
        private void follow(FileName name) throws LinuxException, TreeException {
            FileStatus directory = current.status();
            FileStatus link = current.status(name).orElseThrow(() -> replaced(name));
            if (root && !canOnlyRootChange(directory, link)) {
                throw new TreeException(
                        Reason.NOT_TRUSTED,
                        "the symbolic link " + name
                                + " in the path could be another user's: use the path it points to");
            }
            if (++links > MAX_LINKS) {
                throw new TreeException(
                        Reason.SYMLINK, "there are more than " + MAX_LINKS + " symbolic links in the path");
            }
            byte[] target = current.readSymlink(name);
            if (isAbsolute(target)) {
                replace(OpenDirectory.root());
            }
            remaining.addAll(0, names(target));
        }

        /** Checks the ancestors of the directory in which a relative path starts. */
        private void requireTrustedAncestors() throws LinuxException, TreeException {
            try (AncestorWalk ancestors = new AncestorWalk(current)) {
                FileStatus below = ancestors.status();
                while (ancestors.goToParent()) {
                    FileStatus parent = ancestors.status();
                    requireTrusted(parent, below, FileName.of("the current directory"));
                    below = parent;
                }
            }
        }

        private void requireTrusted(FileStatus directory, FileStatus entry, FileName name) throws TreeException {
            if (!canOnlyRootChange(directory, entry)) {
                throw untrusted(name, directory);
            }
        }

        private static boolean canOnlyRootChange(FileStatus directory, FileStatus entry) {
            return directory.uid() == ROOT
                    && (!directory.othersMayWrite() || (directory.isSticky() && entry.uid() == ROOT));
        }

        private static TreeException untrusted(FileName name, FileStatus directory) {
            return new TreeException(
                    Reason.NOT_TRUSTED,
                    "the directory that contains " + name + " "
                            + (directory.uid() == ROOT
                                    ? "can be written to by other users"
                                    : "belongs to user " + Integer.toUnsignedString(directory.uid()))
                            + ", who could replace it while root writes there");
        }

        private static TreeException replaced(FileName name) {
            return new TreeException(Reason.MOVED, name + " was replaced by another process at the same time");
        }

        private void replace(OpenDirectory next) {
            current.close();
            current = next;
        }

        @Override
        public void close() {
            current.close();
        }

        private static boolean isAbsolute(byte[] path) {
            return path.length > 0 && path[0] == '/';
        }

        /** The names of a path; {@code ..} is represented as empty. */
        private static List<Optional<FileName>> names(byte[] path) {
            List<Optional<FileName>> names = new ArrayList<>();
            ByteArrayOutputStream name = new ByteArrayOutputStream();
            for (int i = 0; i <= path.length; i++) {
                if (i < path.length && path[i] != '/') {
                    name.write(path[i]);
                    continue;
                }
                byte[] bytes = name.toByteArray();
                name.reset();
                if (FileName.isName(bytes)) {
                    names.add(Optional.of(FileName.of(bytes)));
                } else if (bytes.length == 2) {
                    names.add(Optional.empty());
                }
            }
            return names;
        }
    }
}
