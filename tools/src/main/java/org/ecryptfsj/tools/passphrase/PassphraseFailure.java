package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * A passphrase cannot be wrapped, unwrapped or turned into a key: why, with the error number that the C tools print for it
 * (docs/spec/tools.md), and what to do.
 */
final class PassphraseFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What the C tools exit with when an operation fails. */
    private static final int FAILED = 1;

    private final Errno errno;
    private final String advice;

    /**
     * @param message what is wrong, with which object
     * @param advice what to do next, or empty
     */
    PassphraseFailure(Errno errno, String message, String advice) {
        super(message);
        this.errno = errno;
        this.advice = advice;
    }

    /** A file that cannot be read or written: its error number is found out from what Java made of it. */
    static PassphraseFailure of(IOException problem, String message, String advice) {
        Errno errno = errnoOf(problem);
        return new PassphraseFailure(errno, message + ": " + errno.description(), advice);
    }

    Errno errno() {
        return errno;
    }

    /** Prints the C tools' line for it, then the reason and the advice; gives the exit code. */
    int report(String operation) {
        return report(operation, errno);
    }

    /** The same, for a command that tells another error number than the cause's. */
    int report(String operation, Errno passphrases) {
        System.out.flush();
        System.err.println("Error: " + operation + " failed [" + -passphrases.intValue() + "]");
        System.err.println("Info: " + getMessage());
        if (!advice.isEmpty()) {
            System.err.println("  What to do: " + advice);
        }
        return FAILED;
    }

    /** The same for a command that is none of the passphrase tools. */
    ToolFailure toToolFailure() {
        return new ToolFailure(FAILED, getMessage(), advice);
    }

    private static Errno errnoOf(IOException problem) {
        if (problem instanceof LinuxException linux) {
            return linux.errno();
        }
        if (problem instanceof NoSuchFileException) {
            return Errno.ENOENT;
        }
        if (problem instanceof AccessDeniedException) {
            return Errno.EACCES;
        }
        String reason = problem instanceof FileSystemException file ? file.getReason() : problem.getMessage();
        return Arrays.stream(Errno.values())
                .filter(errno -> errno.description().equals(reason))
                .findFirst()
                .orElse(Errno.EIO);
    }
}
