package org.ecryptfsj.linux;

import com.kenai.jffi.LastError;
import java.io.IOException;
import jnr.constants.platform.Errno;

/**
 * A system call that failed: the call, its object, and the errno with its name and text.
 *
 * <p>The message reads {@code open /dev/ecryptfs: EINVAL (Invalid argument)}.
 */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;
    private final String call;

    /**
     * @param call the call and its object, such as {@code open /dev/ecryptfs}; never holds secret bytes
     * @param errno the error number the call left
     */
    public LinuxException(String call, Errno errno) {
        super(call + ": " + errno.name() + " (" + errno.description() + ")");
        this.call = call;
        this.errno = errno;
    }

    /** The error as a name; {@code Errno.__UNKNOWN_CONSTANT__} for an error that is unknown on this platform. */
    public Errno errno() {
        return errno;
    }

    /** The call and its object. */
    public String call() {
        return call;
    }

    /** The error of the last native call of this thread. */
    static LinuxException last(String call) {
        return new LinuxException(call, lastErrno());
    }

    static Errno lastErrno() {
        return Errno.valueOf(LastError.getInstance().get());
    }
}
