package org.ecryptfsj.daemon.logging;

import ch.qos.logback.classic.Level;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.ecryptfsj.linux.Syslog;

/** Destination of log lines. A write may block for any time. */
@FunctionalInterface
interface LogSink {
    /** @throws IOException if the line is lost */
    void write(LogLine line) throws IOException;

    /** The system log at /dev/log. Logback's own syslog appender sends UDP to a server instead. */
    static LogSink systemLog(String ident) {
        Syslog.open(ident);
        return line -> {
            Syslog.Severity severity = severity(line.level());
            Syslog.write(severity, line.text());
            line.trace().forEach(more -> Syslog.write(severity, more));
        };
    }

    /** Standard error, not through System.err: its lock would block other threads while a terminal accepts nothing. */
    static LogSink standardError() {
        OutputStream out = new FileOutputStream(FileDescriptor.err);
        DateTimeFormatter clock = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
        return line -> {
            StringBuilder text = new StringBuilder(clock.format(line.time()))
                    .append(String.format(" %-5s ", line.level()))
                    .append(line.text())
                    .append('\n');
            line.trace().forEach(more -> text.append(more).append('\n'));
            out.write(text.toString().getBytes(Charset.defaultCharset()));
        };
    }

    /** Standard error that is connected to the journal: each line begins with its severity in brackets (sd-daemon(3)). */
    static LogSink journal() {
        OutputStream out = new FileOutputStream(FileDescriptor.err);
        return line -> {
            String prefix = "<" + severity(line.level()).code() + ">";
            StringBuilder text = new StringBuilder(prefix).append(line.text()).append('\n');
            line.trace().forEach(more -> text.append(prefix).append(more).append('\n'));
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        };
    }

    private static Syslog.Severity severity(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> Syslog.Severity.ERROR;
            case Level.WARN_INT -> Syslog.Severity.WARNING;
            case Level.INFO_INT -> Syslog.Severity.INFO;
            default -> Syslog.Severity.DEBUG;
        };
    }
}
