package org.ecryptfsj.tree;

import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tree.TreeException.Reason;

/** The system's errors as the reasons that callers tell apart. */
final class ErrnoTranslation {
    private ErrnoTranslation() {}

    /** A call of the system. */
    @FunctionalInterface
    interface Call {
        void run() throws LinuxException;
    }

    static void typed(Call call) throws TreeException {
        try {
            call.run();
        } catch (LinuxException e) {
            throw of(e);
        }
    }

    static TreeException of(LinuxException e) {
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
