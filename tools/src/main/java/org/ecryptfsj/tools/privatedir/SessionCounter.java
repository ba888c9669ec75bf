package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
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
 * The number of sessions that use a private directory. A process that mounts or unmounts holds the lock of the file.
 *
 * <p>The file is {@code /run/ecryptfsj/sessions/UID-ALIAS}, where only root can write; {@link CountedSessions} is its content. It
 * is removed when the number is 0. A process without root privileges does not use this file. Sessions whose processes have ended
 * are not counted.
 *
 * <p>The C tools count in {@code /dev/shm/ecryptfs-USER-ALIAS}, a decimal number and a newline. If another user owns that file,
 * they append {@code -1} to {@code -49} (docs/spec/mount.md, section 7). Both files are written. The C tools' file has
 * precedence, because the C tools can have changed it. If the user cannot have that file, or other users could lock or change it,
 * only root's file is used.
 */
final class SessionCounter implements AutoCloseable {
    private static final Path ROOT_DIRECTORY = Path.of("/run/ecryptfsj/sessions");
    private static final Path SHARED_DIRECTORY = Path.of("/dev/shm");
    private static final int MAX_SHARED_NAMES = 50;
    private static final int MAX_DIGITS = 11;

    private final Optional<RootFile> rootFile;
    private final Optional<FlockedFile> shared;

    /**
     * The counter file that only root can change.
     *
     * @param file open and locked
     * @param path path of the file
     * @param root makes file calls with root privileges
     */
    private record RootFile(FlockedFile file, Path path, PrivilegedFileCalls root) {}

    /** Makes file calls with root privileges. */
    @FunctionalInterface
    interface PrivilegedFileCalls {
        /** @throws IOException of the call, or if the privileges cannot be raised */
        void run(TemporaryPrivilege.FileCall call) throws IOException;
    }

    private SessionCounter(Optional<RootFile> rootFile, Optional<FlockedFile> shared) {
        this.rootFile = rootFile;
        this.shared = shared;
    }

    /**
     * Opens and locks the counter.
     *
     * @throws ToolFailure if no counter file can be used
     */
    static SessionCounter open(InvokingUser caller, DirectoryAlias alias) throws IOException, ToolFailure {
        return open(
                caller.hasRoot() ? Optional.of(TemporaryPrivilege::runAsRootWithFileAccess) : Optional.empty(),
                ROOT_DIRECTORY,
                SHARED_DIRECTORY,
                caller.user(),
                alias);
    }

    static SessionCounter open(
            Optional<PrivilegedFileCalls> root,
            Path ownDirectory,
            Path sharedDirectory,
            Account user,
            DirectoryAlias alias)
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
                        "cannot create a session counter: " + sharedDirectory.resolve(name) + " and the "
                                + (MAX_SHARED_NAMES - 1) + " following names belong to other users",
                        "ask root to remove them, or to allow the mount by sudo: ecryptfs-setup-private --sudoers");
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
                Trust.requireTrustedPath(directory);
                increment[0] = FlockedFile.open(path);
            });
            increment[0].lock();
            // The previous holder of the lock can have removed the file: then the name leads to a new file or to none.
            if (!increment[0].isRemoved()) {
                return new RootFile(increment[0], path, root);
            }
            increment[0].close();
        }
    }

    /** Creates a directory with mode 755, independent of the umask. */
    private static void make(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Set<PosixFilePermission> worldReadable = PosixFilePermissions.fromString("rwxr-xr-x");
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(worldReadable));
            Files.setPosixFilePermissions(directory, worldReadable);
        }
    }

    /** Opens and locks the file. Empty if other users can change it, or if it cannot be used and is optional. */
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

    private CountedSessions sessions() throws IOException {
        CountedSessions sessions = CountedSessions.parse(
                rootFile.isPresent() ? rootFile.get().file().read(CountedSessions.MAX_BYTES) : "");
        String text = shared.isPresent() && sessions.isComplete() ? shared.get().read(MAX_DIGITS) : "";
        return withoutEnded(text.isBlank() ? sessions : sessions.withNumber(CountedSessions.parseNumber(text)));
    }

    /**
     * The process that opened the PAM session, for {@link #increment}.
     *
     * @param pid its process id; empty if the session was not opened by PAM
     * @throws ToolFailure if it has ended, and its session with it
     */
    Optional<SessionProcess> opener(Optional<Integer> pid) throws IOException, ToolFailure {
        if (pid.isEmpty() || rootFile.isEmpty()) {
            return Optional.empty();
        }
        List<SessionProcess> running = new ArrayList<>();
        rootFile.get().root().run(() -> SessionProcess.running(pid.get()).ifPresent(running::add));
        if (running.isEmpty()) {
            throw new ToolFailure(1, "the session has ended: process " + pid.get() + " opened it", "log in again");
        }
        return Optional.of(running.get(0));
    }

    /** Where users see only their own processes in /proc, root sees all. */
    private CountedSessions withoutEnded(CountedSessions sessions) throws IOException {
        CountedSessions[] running = {sessions};
        if (rootFile.isPresent()) {
            rootFile.get().root().run(() -> running[0] = sessions.withoutEnded());
        }
        return running[0];
    }

    /**
     * Counts one more session.
     *
     * @param opener the process that opened the PAM session; empty if it was not opened by PAM
     * @return the number of sessions
     */
    int increment(Optional<SessionProcess> opener) throws IOException {
        return set(sessions().plus(opener));
    }

    /**
     * Counts one session less.
     *
     * @param pid process id of the process that opened the PAM session; empty if it was not opened by PAM
     * @return the number of sessions
     */
    int decrement(Optional<Integer> pid) throws IOException {
        CountedSessions sessions = sessions();
        return set(pid.isPresent() ? sessions.minus(pid.get()) : sessions.minusOne());
    }

    int reset() throws IOException {
        return set(new CountedSessions(0, List.of(), true));
    }

    private int set(CountedSessions sessions) throws IOException {
        if (rootFile.isPresent()) {
            rootFile.get().file().write(sessions.complete(shared.isEmpty()).text());
        }
        if (shared.isPresent()) {
            shared.get().write(sessions.number() + "\n");
            if (rootFile.isPresent()) {
                rootFile.get().file().write(sessions.complete(true).text());
            }
        }
        return sessions.number();
    }

    /** Removes a counter of 0, then releases the locks. */
    @Override
    public void close() throws IOException {
        try {
            if (rootFile.isPresent()
                    && CountedSessions.parse(rootFile.get().file().read(CountedSessions.MAX_BYTES))
                                    .number()
                            == 0) {
                rootFile.get()
                        .root()
                        .run(() -> Files.deleteIfExists(rootFile.get().path()));
            }
        } finally {
            shared.ifPresent(FlockedFile::close);
            rootFile.ifPresent(file -> file.file().close());
        }
    }
}
