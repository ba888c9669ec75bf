package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FlockedFile;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * How many sessions use a private directory: a decimal number and a newline in {@code /dev/shm/ecryptfs-USER-ALIAS}. Whoever
 * mounts or unmounts holds its lock. Where somebody else was quicker to make a file of that name, {@code -1} to {@code -49}
 * are put behind it (spec mount.md, section 7).
 */
final class SessionCounter implements AutoCloseable {
    private static final Path DIRECTORY = Path.of("/dev/shm");
    private static final int NAMES = 50;
    private static final int MOST_DIGITS = 11;

    private final FlockedFile file;

    private SessionCounter(FlockedFile file) {
        this.file = file;
    }

    static SessionCounter open(Account user, Alias alias) throws IOException, ToolFailure {
        return open(DIRECTORY, user, alias);
    }

    static SessionCounter open(Path directory, Account user, Alias alias) throws IOException, ToolFailure {
        String name = "ecryptfs-" + user.name() + "-" + alias.name();
        for (int i = 0; i < NAMES; i++) {
            FlockedFile file = own(directory.resolve(i == 0 ? name : name + "-" + i), user);
            if (file != null) {
                return new SessionCounter(file);
            }
        }
        throw new ToolFailure(
                1,
                "no session counter can be made: " + directory.resolve(name) + " and the " + (NAMES - 1)
                        + " names after it are somebody else's",
                "have root remove them");
    }

    /** Opens and locks it; null if it is not the user's own. */
    private static FlockedFile own(Path path, Account user) throws IOException {
        FlockedFile file;
        try {
            file = FlockedFile.open(path);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EACCES
                    || e.errno() == Errno.ELOOP
                    || e.errno() == Errno.EISDIR
                    || e.errno() == Errno.EPERM
                    || e.errno() == Errno.ENXIO) {
                return null;
            }
            throw e;
        }
        if (!file.isRegularFileOf(user.uid())) {
            file.close();
            return null;
        }
        file.lock();
        return file;
    }

    /** What is not a number, or less than none, counts as none. */
    static int parse(String text) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : 0;
    }

    int value() throws IOException {
        return parse(file.read(MOST_DIGITS));
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
        file.write(value + "\n");
        return value;
    }

    @Override
    public void close() {
        file.close();
    }
}
