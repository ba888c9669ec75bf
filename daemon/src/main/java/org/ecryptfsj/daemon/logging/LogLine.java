package org.ecryptfsj.daemon.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One log event as text, so that a queued event keeps no reference to the objects it was about.
 *
 * @param level of the event
 * @param time of the event
 * @param text the message
 * @param trace stack trace of the exception, one line per frame; empty without an exception
 */
record LogLine(Level level, Instant time, String text, List<String> trace) {
    LogLine {
        trace = List.copyOf(trace);
    }

    static LogLine of(Level level, String text) {
        return new LogLine(level, Instant.now(), text, List.of());
    }

    static LogLine of(ILoggingEvent event) {
        List<String> trace = new ArrayList<>();
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            trace.add("  " + thrown.getClassName() + ": " + thrown.getMessage());
            for (StackTraceElementProxy frame : thrown.getStackTraceElementProxyArray()) {
                trace.add("    " + frame);
            }
        }
        return new LogLine(
                event.getLevel(), Instant.ofEpochMilli(event.getTimeStamp()), event.getFormattedMessage(), trace);
    }
}
