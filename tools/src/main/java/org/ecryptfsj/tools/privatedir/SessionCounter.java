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
    private static final Path ROOT_DIRECTORY = Path.of("/run/ecryptfsj/sessions");
    private static final Path SHARED_DIRECTORY = Path.of("/dev/shm");
    private static final int MAX_SHARED_NAMES = 50;
    private static final int MAX_DIGITS = 11;

    private final Optional<RootFile> rootFile;
    private final Optional<FlockedFile> shared;

    /**
     * A file that only root can reach.
     *
     * @param file opened and locked
     * @param path its name
     * @param root what borrows root's rights
     */
    private record RootFile(FlockedFile file, Path path, PrivilegedFileCalls root) {}

    /** Does something with root's rights on files. */
    @FunctionalInterface
    interface PrivilegedFileCalls {
        /** @throws IOException as the call throws it, or if root's rights cannot be had */
        void run(TemporaryPrivilege.FileCall call) throws IOException;
    }

    private SessionCounter(Optional<RootFile> rootFile, Optional<FlockedFile> shared) {
        this.rootFile = rootFile;
        this.shared = shared;
    }

    /**
     * Opens and locks the counter.
     *
     * @throws ToolFailure if there is no place for one
     */
    static SessionCounter open(InvokingUser caller, DirectoryAlias alias) throws IOException, ToolFailure {
        return open(
                caller.hasRoot() ? Optional.of(TemporaryPrivilege::lendFiles) : Optional.empty(),
                ROOT_DIRECTORY,
                SHARED_DIRECTORY,
                caller.user(),
                alias);
    }

    static SessionCounter open(
            Optional<PrivilegedFileCalls> root, Path ownDirectory, Path sharedDirectory, Account user, DirectoryAlias alias)
            throws IOException, ToolFailure {
        Optional<RootFile> rootFile = Optional.empty();
        if (root.isPresent()) {
            rootFile = Optional.of(rootFile(root.get(), ownDirectory, user.uid() + "-" + alias.name()));
        }
        Optional<FlockedFile> shared = Optional.empty();
        boolean complete = false;
        try {
            String name = "ecryptfs-" + user.name() + "-" + alias.name();
            for (int i = 0; i < MAX_SHARED_NAMES && shared.isEmpty(); i++) {
                shared = shared(sharedDirectory.resolve(i == 0 ? name : name + "-" + i), user, rootFile.isPresent());
            }
            if (rootFile.isEmpty() && shared.isEmpty()) {
                throw new ToolFailure(
                        1,
                        "no session counter can be made: " + sharedDirectory.resolve(name) + " and the " + (MAX_SHARED_NAMES - 1)
                                + " names after it are somebody else's",
                        "have root remove them, or allow the mount by sudo: ecryptfs-setup-private --sudoers");
            }
            complete = true;
            return new SessionCounter(rootFile, shared);
        } finally {
            if (!complete) {
                rootFile.ifPresent(file -> file.file().close());
            }
        }
    }

    private static RootFile rootFile(PrivilegedFileCalls root, Path directory, String name) throws IOException {
        Path path = directory.resolve(name);
        FlockedFile[] increment = new FlockedFile[1];
        while (true) {
            root.run(() -> {
                make(directory.getParent());
                make(directory);
                Trust.requireAll(directory);
                increment[0] = FlockedFile.open(path);
            });
            increment[0].lock();
            // The one that held the lock before may have removed it: then there is a new file, or none, by that name.
            if (!increment[0].isRemoved()) {
                return new RootFile(increment[0], path, root);
            }
            increment[0].close();
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
    private static Optional<FlockedFile> shared(Path path, Account user, boolean optional) throws IOException {
        FlockedFile file;
        try {
            file = FlockedFile.open(path);
        } catch (LinuxException e) {
            if (optional
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
        String text = shared.isPresent() ? shared.get().read(MAX_DIGITS) : "";
        if (text.isBlank() && rootFile.isPresent()) {
            text = rootFile.get().file().read(MAX_DIGITS);
        }
        return parse(text);
    }

    int increment() throws IOException {
        return set(value() + 1);
    }

    int decrement() throws IOException {
        return set(Math.max(0, value() - 1));
    }

    int reset() throws IOException {
        return set(0);
    }

    private int set(int value) throws IOException {
        String text = value + "\n";
        if (rootFile.isPresent()) {
            rootFile.get().file().write(text);
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
            if (rootFile.isPresent() && parse(rootFile.get().file().read(MAX_DIGITS)) == 0) {
                rootFile.get().root().run(() -> Files.deleteIfExists(rootFile.get().path()));
            }
        } finally {
            shared.ifPresent(FlockedFile::close);
            rootFile.ifPresent(file -> file.file().close());
        }
    }
}
