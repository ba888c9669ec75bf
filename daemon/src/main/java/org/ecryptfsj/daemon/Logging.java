package org.ecryptfsj.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where log lines go: the system log, and in the foreground the terminal too. Set up in code, which starts fast. */
final class Logging {
    static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private Logging() {}

    static boolean isLevel(String level) {
        return LEVELS.contains(level.toLowerCase(Locale.ROOT));
    }

    /**
     * Starts logging.
     *
     * @param terminal whether standard error gets the lines too
     */
    static void start(String level, boolean terminal) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        SyslogAppender syslog = new SyslogAppender("ecryptfsd");
        syslog.setContext(context);
        syslog.start();
        root.addAppender(syslog);
        if (terminal) {
            root.addAppender(console(context));
        }
        level(level);
    }

    /** Changes how much is logged, from the next line on. */
    static void level(String level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(level));
    }

    /** How much is logged now. */
    static String level() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        return context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel().levelStr.toLowerCase(Locale.ROOT);
    }

    private static ConsoleAppender<ILoggingEvent> console(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %msg%n");
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        return console;
    }
}
