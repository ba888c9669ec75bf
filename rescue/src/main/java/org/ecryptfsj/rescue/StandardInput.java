package org.ecryptfsj.rescue;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;

/** Standard input without a buffer, in which a secret would stay. */
final class StandardInput {
    private final FileInputStream in = new FileInputStream(FileDescriptor.in);

    /** Allocates memory of a secret: its first use prints a warning, which is to come before the prompt. */
    static void prepareForSecret() {
        Secret.allocate(1).close();
    }

    /**
     * Reads one byte.
     *
     * @return 1, or 0 at the end
     * @throws LinuxException EIO if it cannot be read
     */
    int read(ByteBuffer into) throws LinuxException {
        try {
            int next = in.read();
            if (next < 0) {
                return 0;
            }
            into.put((byte) next);
            return 1;
        } catch (IOException e) {
            LinuxException failure = new LinuxException("read standard input", Errno.EIO);
            failure.initCause(e);
            throw failure;
        }
    }
}
