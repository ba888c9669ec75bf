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
 * Trees by descriptor. A user's own paths are walked as the system does it. Root's are walked here, one name at a time:
 *
 * <ul>
 *   <li>a symbolic link is followed only where nobody but root can have made it: in a directory of root's that others may not
 *       write to, or as a link of root's in a sticky one such as /tmp;
 *   <li>of a directory to write to, each one above must be root's, and others may not write to it; in a sticky one, what is
 *       next must be root's.
 * </ul>
 */
public final class DescriptorTrees implements FileTrees {
    private static final int ROOT = 0;
    private static final int MOST_LINKS = 40;
    private static final byte[] HERE = {'.'};

    private final boolean root;

    private DescriptorTrees(boolean root) {
        this.root = root;
    }

    /** With the rules for this process's user. */
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
                return new DescriptorDirectory(OpenDirectory.followed(path.length == 0 ? HERE : path));
            }
            try (Walk walk = new Walk(path, false)) {
                walk.enterAll();
                return new DescriptorDirectory(walk.current.forReading());
            }
        } catch (LinuxException e) {
            throw ErrnoTranslation.of(e);
        }
    }

    @Override
    public TreeFile file(byte[] path) throws TreeException {
        try {
            if (!root) {
                return DescriptorFile.regular(OpenDirectory.followedFile(path));
            }
            try (Walk walk = new Walk(path, false)) {
                return DescriptorFile.regular(walk.openLast());
            }
        } catch (LinuxException e) {
            throw ErrnoTranslation.of(e);
        }
    }

    @Override
    public Output output(byte[] path, TreeDirectory outside) throws TreeException {
        OpenDirectory apart = ((DescriptorDirectory) outside).opened();
        try (Walk walk = new Walk(path, root)) {
            boolean missing = walk.enterExisting();
            refuseInside(walk.current, apart.status());
            if (missing) {
                walk.makeAll();
            }
            FileStatus before = walk.current.status();
            refuseInside(apart, before);
            return new Output(new DescriptorDirectory(walk.current.forReading()), before, missing);
        } catch (LinuxException e) {
            throw ErrnoTranslation.of(e);
        }
    }

    /** Whether a directory is another one, or below it. */
    private static void refuseInside(OpenDirectory directory, FileStatus forbidden)
            throws LinuxException, TreeException {
        try (Ascent ascent = new Ascent(directory)) {
            do {
                if (ascent.status().isSameFile(forbidden)) {
                    throw new TreeException(
                            Reason.EXISTS, "the lower and the output directory must not contain one another");
                }
            } while (ascent.goUp());
        }
    }

    /** Goes up from a directory, which stays the caller's. */
    private static final class Ascent implements AutoCloseable {
        private final OpenDirectory start;
        private OpenDirectory current;

        Ascent(OpenDirectory start) {
            this.start = start;
            this.current = start;
        }

        FileStatus status() throws LinuxException {
            return current.status();
        }

        /** False at the root. */
        boolean goUp() throws LinuxException {
            FileStatus before = current.status();
            OpenDirectory above = current.placeAbove();
            close();
            current = above;
            return !above.status().isSameFile(before);
        }

        @Override
        public void close() {
            if (current != start) {
                current.close();
            }
        }
    }

    /** A path that is walked one name at a time. */
    private static final class Walk implements AutoCloseable {
        private final boolean guarded;
        private final boolean root = Account.effectiveUid() == ROOT;
        private final List<Optional<FileName>> rest;
        private OpenDirectory current;
        private int links;

        /** @param guarded whether each directory on the way must be one that only root can change */
        Walk(byte[] path, boolean guarded) throws LinuxException, TreeException {
            this.guarded = guarded;
            this.rest = names(path);
            current = isAbsolute(path) ? OpenDirectory.root() : OpenDirectory.current();
            boolean trusted = false;
            try {
                if (guarded) {
                    requireTrustedAbove();
                }
                trusted = true;
            } finally {
                if (!trusted) {
                    current.close();
                }
            }
        }

        void enterAll() throws LinuxException, TreeException {
            while (!rest.isEmpty()) {
                enter(rest.remove(0));
            }
        }

        /** Enters what is there; whether something is missing. */
        boolean enterExisting() throws LinuxException, TreeException {
            while (!rest.isEmpty()) {
                Optional<FileName> next = rest.get(0);
                if (next.isPresent() && current.status(next.get()).isEmpty()) {
                    return true;
                }
                enter(rest.remove(0));
            }
            return false;
        }

        void makeAll() throws LinuxException, TreeException {
            while (!rest.isEmpty()) {
                Optional<FileName> next = rest.remove(0);
                if (next.isPresent() && current.status(next.get()).isEmpty()) {
                    requireRoomFor(next.get());
                    current.createDirectory(next.get(), 0700);
                }
                enter(next);
            }
        }

        /** A new directory is this process's own; in a sticky directory of others it is as safe as in one of root's. */
        private void requireRoomFor(FileName name) throws LinuxException, TreeException {
            FileStatus directory = current.status();
            if (guarded && directory.uid() != ROOT) {
                throw untrusted(name, directory);
            }
        }

        OpenFile openLast() throws LinuxException, TreeException {
            while (rest.size() > 1) {
                enter(rest.remove(0));
            }
            if (rest.isEmpty() || rest.get(0).isEmpty()) {
                throw new TreeException(Reason.NOT_A_FILE, "it is a directory");
            }
            FileName last = rest.remove(0).get();
            if (current.status(last).filter(FileStatus::isSymlink).isPresent()) {
                follow(last);
                return openLast();
            }
            return current.openFile(last);
        }

        private void enter(Optional<FileName> next) throws LinuxException, TreeException {
            if (next.isEmpty()) {
                replace(current.placeAbove());
                return;
            }
            FileName name = next.get();
            if (current.status(name).filter(FileStatus::isSymlink).isPresent()) {
                follow(name);
                return;
            }
            OpenDirectory opened = current.openPlace(name);
            boolean trusted = false;
            try {
                if (guarded) {
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

        /** Puts the target's names before the rest. */
        private void follow(FileName name) throws LinuxException, TreeException {
            FileStatus directory = current.status();
            FileStatus link = current.status(name).orElseThrow(() -> gone(name));
            if (root && !isRootsAlone(directory, link)) {
                throw new TreeException(
                        Reason.NOT_TRUSTED,
                        "the symbolic link " + name + " on the way could be another user's: name what it points to");
            }
            if (++links > MOST_LINKS) {
                throw new TreeException(
                        Reason.SYMLINK, "there are more than " + MOST_LINKS + " symbolic links on the way");
            }
            byte[] target = current.readSymlink(name);
            if (isAbsolute(target)) {
                replace(OpenDirectory.root());
            }
            rest.addAll(0, names(target));
        }

        /** Directories above the one where a relative path starts. */
        private void requireTrustedAbove() throws LinuxException, TreeException {
            try (Ascent ascent = new Ascent(current)) {
                FileStatus below = ascent.status();
                while (ascent.goUp()) {
                    FileStatus above = ascent.status();
                    requireTrusted(above, below, FileName.of("the current directory"));
                    below = above;
                }
            }
        }

        private void requireTrusted(FileStatus directory, FileStatus entry, FileName name) throws TreeException {
            if (!isRootsAlone(directory, entry)) {
                throw untrusted(name, directory);
            }
        }

        private static boolean isRootsAlone(FileStatus directory, FileStatus entry) {
            return directory.uid() == ROOT
                    && (!directory.othersMayWrite() || (directory.isSticky() && entry.uid() == ROOT));
        }

        private static TreeException untrusted(FileName name, FileStatus directory) {
            return new TreeException(
                    Reason.NOT_TRUSTED,
                    "the directory that " + name + " is in "
                            + (directory.uid() == ROOT
                                    ? "can be written to by other users"
                                    : "belongs to user " + Integer.toUnsignedString(directory.uid()))
                            + ", who could exchange it while root writes there");
        }

        private static TreeException gone(FileName name) {
            return new TreeException(Reason.MOVED, name + " was exchanged meanwhile");
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

        /** The names of a path; an empty one is {@code ..}. */
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
