package org.ecryptfsj.daemon;

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
 * The daemon's log: the system log, and in the foreground standard error too. A thread that logs never waits for either, so
 * that a log nobody reads delays no answer. Set up in code, which starts fast.
 */
final class Logging {
    static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    /** How long a process that ends waits for its last lines to be written. */
    private static final Duration LONGEST_FLUSH = Duration.ofSeconds(1);

    private static volatile List<LogQueue> queues = List.of();

    private Logging() {}

    static boolean isLevel(String level) {
        return LEVELS.contains(level.toLowerCase(Locale.ROOT));
    }

    /**
     * Starts logging.
     *
     * @param terminal whether standard error gets the lines too. If it leads to the journal, it alone gets them: the journal
     *     knows the service and hands its lines on to syslog, while a syslog daemon may hand none to the journal
     */
    static void start(String level, boolean terminal) {
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

    /** Lines that no log took, since the start. */
    static long discarded() {
        return queues.stream().mapToLong(LogQueue::discarded).sum();
    }

    /** Waits until the lines are written, but not for long: to be called before the process ends. */
    static void flush() {
        long end = System.nanoTime() + LONGEST_FLUSH.toNanos();
        try {
            for (LogQueue queue : queues) {
                // Lines that are not written by then are lost: a log that takes nothing must not keep a process from
                // ending.
                var unused = queue.flush(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
