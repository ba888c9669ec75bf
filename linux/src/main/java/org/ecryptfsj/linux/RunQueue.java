package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import jnr.constants.platform.Errno;

/**
 * Number of threads that run or wait for a processor: the fourth field of /proc/loadavg, proc(5). The file is opened once and
 * stays open, so that a look is one pread(2) and allocates nothing.
 */
public final class RunQueue {
    private static final Path LOADAVG = Path.of("/proc/loadavg");
    private static final int FIELDS_BEFORE = 3;
    private static final int MAX_DIGITS = 9;

    /** Three averages, two numbers of threads and a process id have fewer characters. */
    private static final int MAX_BYTES = 128;

    private static final ByteBuffer TEXT = ByteBuffer.allocateDirect(MAX_BYTES);
    private static Descriptor loadavg;

    private RunQueue() {}

    /**
     * Threads of the whole machine that run or wait for a processor now, including the calling thread. The file stays open
     * until the process ends.
     *
     * @throws IOException if /proc/loadavg cannot be read or has another format
     */
    public static synchronized int runnable() throws IOException {
        if (loadavg == null) {
            loadavg = Descriptor.openToRead(LOADAVG, false);
        }
        long length = LibCFiles.INSTANCE.pread64(loadavg.number(), TEXT, MAX_BYTES, 0);
        while (length < 0) {
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("read " + LOADAVG);
            }
            length = LibCFiles.INSTANCE.pread64(loadavg.number(), TEXT, MAX_BYTES, 0);
        }
        return parse(TEXT, (int) length);
    }

    /** @param length of the text at the beginning of the buffer */
    static int parse(ByteBuffer text, int length) throws IOException {
        int at = 0;
        for (int field = 0; field < FIELDS_BEFORE; field++) {
            while (at < length && text.get(at) != ' ') {
                at++;
            }
            at++;
        }
        int first = at;
        int number = 0;
        while (at < length && at < first + MAX_DIGITS && text.get(at) >= '0' && text.get(at) <= '9') {
            number = number * 10 + text.get(at) - '0';
            at++;
        }
        if (at == first || at >= length || text.get(at) != '/') {
            throw new IOException(LOADAVG + " has no number of runnable threads in its fourth field");
        }
        return number;
    }
}
