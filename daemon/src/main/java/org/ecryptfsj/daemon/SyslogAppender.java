package org.ecryptfsj.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.AppenderBase;
import org.ecryptfsj.linux.Syslog;

/** Log lines to syslog(3). Logback's own appender speaks UDP to a server; this machine's log is at /dev/log. */
final class SyslogAppender extends AppenderBase<ILoggingEvent> {
    private final String ident;

    SyslogAppender(String ident) {
        this.ident = ident;
    }

    @Override
    public void start() {
        Syslog.open(ident);
        super.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        Syslog.Severity severity = severity(event.getLevel());
        Syslog.write(severity, event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            Syslog.write(severity, "  " + thrown.getClassName() + ": " + thrown.getMessage());
            for (StackTraceElementProxy frame : thrown.getStackTraceElementProxyArray()) {
                Syslog.write(severity, "    " + frame);
            }
        }
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
