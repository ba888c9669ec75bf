package org.ecryptfsj.tree;

import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tree.TreeException.Reason;

/** Translates the system's error numbers into the reasons of {@link TreeException}. */
final class ErrnoTranslation {
    private ErrnoTranslation() {}

    /** A system call. */
    @FunctionalInterface
    interface Call {
        void run() throws LinuxException;
    }

    static void run(Call call) throws TreeException {
        try {
            call.run();
        } catch (LinuxException e) {
            throw translate(e);
        }
    }

    static TreeException translate(LinuxException e) {
        Reason reason =
                switch (e.errno()) {
                    case ENOENT -> Reason.NOT_FOUND;
                    case EACCES -> Reason.DENIED;
                    case EEXIST, ENOTEMPTY -> Reason.EXISTS;
                    case ELOOP -> Reason.SYMLINK;
                    case ENOTDIR -> Reason.NOT_A_DIRECTORY;
                    case EISDIR, ENXIO -> Reason.NOT_A_FILE;
                    case ENOSPC, EDQUOT -> Reason.NO_SPACE;
                    case EPERM, EINVAL, EOPNOTSUPP, ENOSYS -> Reason.NOT_SUPPORTED;
                    default -> Reason.OTHER;
                };
        String message =
                switch (reason) {
                    case DENIED -> "permission denied";
                    case NOT_FOUND -> "it does not exist";
                    default -> e.getMessage();
                };
        return new TreeException(reason, message, e);
    }
}
