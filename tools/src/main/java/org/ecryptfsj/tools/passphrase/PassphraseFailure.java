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
 * The failure to wrap, unwrap or convert a passphrase: the reason, the error number that the C tools print
 * (docs/spec/tools.md) and the advice.
 */
final class PassphraseFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** Exit code of the C tools for a failed operation. */
    private static final int FAILED = 1;

    private final Errno errno;
    private final String advice;

    /**
     * @param message what failed, on which object and why
     * @param advice what to do next, or empty
     */
    PassphraseFailure(Errno errno, String message, String advice) {
        super(message);
        this.errno = errno;
        this.advice = advice;
    }

    /** The failure to read or write a file. The error number is derived from Java's exception. */
    static PassphraseFailure of(IOException problem, String message, String advice) {
        Errno errno = errnoOf(problem);
        return new PassphraseFailure(errno, message + ": " + errno.description(), advice);
    }

    Errno errno() {
        return errno;
    }

    /** Prints the line of the C tools, then the reason and the advice. Returns the exit code. */
    int report(String operation) {
        return report(operation, errno);
    }

    /** The same with an error number other than that of the cause. */
    int report(String operation, Errno printed) {
        System.out.flush();
        System.err.println("Error: " + operation + " failed [" + -printed.intValue() + "]");
        System.err.println("Info: " + getMessage());
        if (!advice.isEmpty()) {
            System.err.println("  What to do: " + advice);
        }
        return FAILED;
    }

    /** The same failure for commands outside this package. */
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
