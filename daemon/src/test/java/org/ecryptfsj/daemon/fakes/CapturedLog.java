package org.ecryptfsj.daemon.fakes;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The lines that the daemon logs until this is closed. */
public final class CapturedLog implements AutoCloseable {
    private final Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("org.ecryptfsj.daemon");
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    /** @param from the lowest level that is logged */
    public CapturedLog(Level from) {
        appender.start();
        logger.setLevel(from);
        logger.addAppender(appender);
    }

    /** The lines of one level. */
    public List<String> lines(Level level) {
        return events().stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** All lines, with their exceptions. */
    public List<ILoggingEvent> events() {
        synchronized (appender) {
            return List.copyOf(appender.list);
        }
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(null);
    }
}
