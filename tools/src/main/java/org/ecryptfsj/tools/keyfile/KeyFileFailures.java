package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.UntrustedFileException;

/** The failures of key files and protectors as failures of a command, with the exit codes of the mount helper. */
public final class KeyFileFailures {
    private KeyFileFailures() {}

    /**
     * A key file was not read, unlocked, changed or written.
     *
     * @param file named in the message
     */
    public static ToolFailure of(Path file, KeyFileException e) {
        ToolFailure failure = of(e);
        return new ToolFailure(failure.code(), file + ": " + failure.getMessage(), failure.advice());
    }

    /** A key file was not read, unlocked, changed or written. */
    public static ToolFailure of(KeyFileException e) {
        int code =
                switch (e.reason()) {
                    case LOCKED -> ToolFailure.EPERM;
                    case CHANGED -> ToolFailure.EIO;
                    case MALFORMED,
                            OTHER_VERSION,
                            NOT_AUTHENTIC,
                            NO_SUCH_PROTECTOR,
                            LAST_PROTECTOR,
                            TOO_LARGE,
                            EXISTS,
                            WRONG_SIGNATURE -> ToolFailure.EINVAL;
                };
        return new ToolFailure(code, e.getMessage(), e.advice());
    }

    /** A protector did not guard the file key, or did not give it back. */
    public static ToolFailure of(ProtectorException e) {
        int code =
                switch (e.reason()) {
                    case WRONG_SECRET, NO_ANSWER, STATE_CHANGED -> ToolFailure.EPERM;
                    case KEY_MISSING -> ToolFailure.ENOENT;
                    case DAMAGED, BAD_PARAMETER -> ToolFailure.EINVAL;
                    case UNAVAILABLE, NOT_READY, TIMED_OUT, FAILED -> ToolFailure.EIO;
                };
        return new ToolFailure(code, e.getMessage(), e.advice());
    }

    /** OpenSSL's library is not installed. */
    public static ToolFailure of(LibcryptoMissingException e) {
        return new ToolFailure(ToolFailure.EIO, e.getMessage(), "");
    }

    /**
     * A key file was not found, is not safe to use, or the disk failed.
     *
     * @param file named in the message if it was not found
     */
    public static ToolFailure of(Path file, IOException e) {
        return e instanceof NoSuchFileException ? missing(file.toString()) : of(e);
    }

    /** A key file was not found, is not safe to use, or the disk failed. */
    public static ToolFailure of(IOException e) {
        if (e instanceof NoSuchFileException missing) {
            return missing(missing.getFile());
        }
        if (e instanceof UntrustedFileException untrusted) {
            return new ToolFailure(
                    ToolFailure.EPERM, "the key file is not used: " + untrusted.reason(), untrusted.advice());
        }
        return new ToolFailure(
                ToolFailure.EIO,
                "the key file cannot be read or written: " + e.getMessage(),
                "check the path, the rights and the disk");
    }

    private static ToolFailure missing(String file) {
        return new ToolFailure(
                ToolFailure.ENOENT,
                file + " does not exist",
                "check the path; ecryptfs-key create makes a new key file");
    }
}
