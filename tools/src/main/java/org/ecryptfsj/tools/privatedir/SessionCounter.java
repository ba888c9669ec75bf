package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FlockedFile;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.Trust;

/**
 * How many sessions use a private directory: a decimal number and a newline. Whoever mounts or unmounts holds the file's lock.
 *
 * <p>It is in {@code /run/ecryptfsj/sessions/UID-ALIAS}, where only root can write, and is removed when it is 0. A process that
 * may not borrow root's rights has no such file.
 *
 * <p>The C tools count in {@code /dev/shm/ecryptfs-USER-ALIAS}, where somebody else may have been first; then {@code -1} to
 * {@code -49} are put behind it (docs/spec/mount.md, section 7). That number is kept in step: where the user has such a file, it
 * is the number, since the C tools have counted there too, and both are written. Where the user cannot have one, or it is of a
 * kind that others could hold or change, only root's is used.
 */
final class SessionCounter implements AutoCloseable {
    private static final Path OWN = Path.of("/run/ecryptfsj/sessions");
    private static final Path SHARED = Path.of("/dev/shm");
    private static final int NAMES = 50;
    private static final int MOST_DIGITS = 11;

    private final Optional<OwnFile> own;
    private final Optional<FlockedFile> shared;

    /**
     * A file that only root can reach.
     *
     * @param file opened and locked
     * @param path its name
     * @param root what borrows root's rights
     */
    private record OwnFile(FlockedFile file, Path path, RootFiles root) {}

    /** Does something with root's rights on files. */
    @FunctionalInterface
    interface RootFiles {
        /** @throws IOException as the call throws it, or if root's rights cannot be had */
        void run(TemporaryPrivilege.FileCall call) throws IOException;
    }

    private SessionCounter(Optional<OwnFile> own, Optional<FlockedFile> shared) {
        this.own = own;
        this.shared = shared;
    }

    /**
     * Opens and locks the counter.
     *
     * @throws ToolFailure if there is no place for one
     */
    static SessionCounter open(Caller caller, Alias alias) throws IOException, ToolFailure {
        return open(
                caller.hasRoot() ? Optional.of(TemporaryPrivilege::runAsRootWithFileAccess) : Optional.empty(),
                OWN,
                SHARED,
                caller.user(),
                alias);
    }

    static SessionCounter open(
            Optional<RootFiles> root, Path ownDirectory, Path sharedDirectory, Account user, Alias alias)
            throws IOException, ToolFailure {
        Optional<OwnFile> own = Optional.empty();
        if (root.isPresent()) {
            own = Optional.of(own(root.get(), ownDirectory, user.uid() + "-" + alias.name()));
        }
        Optional<FlockedFile> shared = Optional.empty();
        boolean complete = false;
        try {
            String name = "ecryptfs-" + user.name() + "-" + alias.name();
            for (int i = 0; i < NAMES && shared.isEmpty(); i++) {
                shared = shared(sharedDirectory.resolve(i == 0 ? name : name + "-" + i), user, own.isPresent());
            }
            if (own.isEmpty() && shared.isEmpty()) {
                throw new ToolFailure(
                        1,
                        "no session counter can be made: " + sharedDirectory.resolve(name) + " and the " + (NAMES - 1)
                                + " names after it are somebody else's",
                        "have root remove them, or allow the mount by sudo: ecryptfs-setup-private --sudoers");
            }
            complete = true;
            return new SessionCounter(own, shared);
        } finally {
            if (!complete) {
                own.ifPresent(file -> file.file().close());
            }
        }
    }

    private static OwnFile own(RootFiles root, Path directory, String name) throws IOException {
        Path path = directory.resolve(name);
        FlockedFile[] opened = new FlockedFile[1];
        while (true) {
            root.run(() -> {
                make(directory.getParent());
                make(directory);
                Trust.requireTrustedPath(directory);
                opened[0] = FlockedFile.open(path);
            });
            opened[0].lock();
            // The one that held the lock before may have removed it: then there is a new file, or none, by that name.
            if (!opened[0].isRemoved()) {
                return new OwnFile(opened[0], path, root);
            }
            opened[0].close();
        }
    }

    /** The user's umask has no say in it. */
    private static void make(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Set<PosixFilePermission> everybodyReads = PosixFilePermissions.fromString("rwxr-xr-x");
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(everybodyReads));
            Files.setPosixFilePermissions(directory, everybodyReads);
        }
    }

    /** Opens and locks it; empty if it is not the user's alone, or, where it can be done without, if it cannot be used. */
    private static Optional<FlockedFile> shared(Path path, Account user, boolean dispensable) throws IOException {
        FlockedFile file;
        try {
            file = FlockedFile.open(path);
        } catch (LinuxException e) {
            if (dispensable
                    || e.errno() == Errno.EACCES
                    || e.errno() == Errno.ELOOP
                    || e.errno() == Errno.EISDIR
                    || e.errno() == Errno.EPERM
                    || e.errno() == Errno.ENXIO) {
                return Optional.empty();
            }
            throw e;
        }
        if (!file.isPrivateFileOf(user.uid())) {
            file.close();
            return Optional.empty();
        }
        file.lock();
        return Optional.of(file);
    }

    /** What is not a number, or less than none, counts as none. */
    static int parse(String text) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : 0;
    }

    int value() throws IOException {
        String text = shared.isPresent() ? shared.get().read(MOST_DIGITS) : "";
        if (text.isBlank() && own.isPresent()) {
            text = own.get().file().read(MOST_DIGITS);
        }
        return parse(text);
    }

    int opened() throws IOException {
        return set(value() + 1);
    }

    int closed() throws IOException {
        return set(Math.max(0, value() - 1));
    }

    int zero() throws IOException {
        return set(0);
    }

    private int set(int value) throws IOException {
        String text = value + "\n";
        if (own.isPresent()) {
            own.get().file().write(text);
        }
        if (shared.isPresent()) {
            shared.get().write(text);
        }
        return value;
    }

    /** Gives up the locks. A counter of nothing is removed first, so that aliases leave no files behind. */
    @Override
    public void close() throws IOException {
        try {
            if (own.isPresent() && parse(own.get().file().read(MOST_DIGITS)) == 0) {
                own.get().root().run(() -> Files.deleteIfExists(own.get().path()));
            }
        } finally {
            shared.ifPresent(FlockedFile::close);
            own.ifPresent(file -> file.file().close());
        }
    }
}
