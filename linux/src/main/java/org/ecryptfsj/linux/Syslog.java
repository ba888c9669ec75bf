package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The system log, written through the C library to /dev/log. */
public final class Syslog {
    private static final int LOG_PID = 1;
    private static final int LOG_DAEMON = 3 << 3;

    /** openlog(3) keeps the pointer, so the name must live as long as the process. */
    private static ByteBuffer ident;

    private static final byte[] FORMAT = ByteText.terminated("%s");

    private Syslog() {}

    /** The severity of a line, with its number in syslog(3). */
    public enum Severity {
        ERROR(3),
        WARNING(4),
        INFO(6),
        DEBUG(7);

        private final int code;

        Severity(int code) {
            this.code = code;
        }

        /** Its number in syslog(3) and sd-daemon(3). */
        public int code() {
            return code;
        }
    }

    /** Names this process in the log: {@code name[pid]}, facility daemon. */
    public static synchronized void open(String name) {
        byte[] bytes = ByteText.terminated(name);
        ByteBuffer text = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        LibCProcess.INSTANCE.openlog(text, LOG_PID, LOG_DAEMON);
        ident = text;
    }

    /** Writes one line. */
    public static void write(Severity severity, String line) {
        byte[] text = ByteText.terminated(ByteText.encode(line, StandardCharsets.UTF_8));
        LibCProcess.INSTANCE.syslog(LOG_DAEMON | severity.code, FORMAT, text);
    }

    /** Whether {@link #open} was called. */
    public static synchronized boolean isOpen() {
        return ident != null;
    }
}
