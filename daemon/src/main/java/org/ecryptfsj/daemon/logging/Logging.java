package org.ecryptfsj.daemon.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's log: the system log, and in the foreground standard error too. A thread that logs never waits for either, so that
 * a blocked log delays no reply. Configured in code, which starts faster than a configuration file.
 */
public final class Logging {
    /** Names of the log levels. */
    public static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    /** Longest wait of an ending process for its last lines. */
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);

    private static volatile List<LogQueue> queues = List.of();

    private Logging() {}

    /** Whether there is a log level of that name. */
    public static boolean isLevel(String level) {
        return LEVELS.contains(level.toLowerCase(Locale.ROOT));
    }

    /**
     * Starts logging.
     *
     * @param level one of {@link #LEVELS}
     * @param terminal whether standard error gets the lines too. If it is connected to the journal, it alone gets them: the
     *     journal forwards them to syslog, while a syslog daemon may forward none to the journal
     */
    public static void start(String level, boolean terminal) {
        List<LogQueue> started = new ArrayList<>();
        if (terminal && isJournal(System.getenv(), Path.of("/proc/self/fd/2"))) {
            started.add(LogQueue.to("journal", LogSink.journal()));
        } else {
            started.add(LogQueue.to("syslog", LogSink.systemLog("ecryptfsd")));
            if (terminal) {
                started.add(LogQueue.to("stderr", LogSink.standardError()));
            }
        }
        start(level, started);
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> LoggerFactory.getLogger(Logging.class)
                .error("unexpected error in thread {}", thread.getName(), thrown));
    }

    static void start(String level, List<LogQueue> to) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        queues.forEach(LogQueue::close);
        queues = List.copyOf(to);
        Appender appender = new Appender(queues);
        appender.setContext(context);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        level(level);
    }

    /** Puts events into the queues. */
    private static final class Appender extends UnsynchronizedAppenderBase<ILoggingEvent> {
        private final List<LogQueue> to;

        Appender(List<LogQueue> to) {
            this.to = to;
        }

        @Override
        protected void append(ILoggingEvent event) {
            LogLine line = LogLine.of(event);
            to.forEach(queue -> queue.add(line));
        }
    }

    /**
     * Whether a descriptor is systemd's journal: its device and inode are in the environment variable JOURNAL_STREAM
     * (systemd.exec(5)).
     *
     * @param descriptor its path below /proc
     */
    static boolean isJournal(Map<String, String> environment, Path descriptor) {
        String stream = environment.getOrDefault("JOURNAL_STREAM", "");
        try {
            Map<String, Object> file = Files.readAttributes(descriptor, "unix:dev,ino");
            return stream.equals(file.get("dev") + ":" + file.get("ino"));
        } catch (IOException closed) {
            return false;
        }
    }

    /** Sets the log level, from the next line on. */
    public static void level(String level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(level));
    }

    /** The log level now. */
    public static String level() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        return context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel().levelStr.toLowerCase(Locale.ROOT);
    }

    /** Number of lines that were discarded since the start. */
    public static long discarded() {
        return queues.stream().mapToLong(LogQueue::discarded).sum();
    }

    /** Waits until all lines are written, but not for long. To be called before the process ends. */
    public static void flush() {
        long end = System.nanoTime() + FLUSH_TIMEOUT.toNanos();
        try {
            for (LogQueue queue : queues) {
                // Lines that are not written by then are lost: a blocked log must not keep the process from ending.
                var unused = queue.flush(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
