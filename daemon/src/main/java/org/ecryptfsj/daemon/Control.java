package org.ecryptfsj.daemon;

import java.util.Locale;
import java.util.Map;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands of the control socket: one line in, one JSON document out. */
final class Control {
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    private final Status status;
    private final KeyModules modules;

    Control(Status status, KeyModules modules) {
        this.status = status;
        this.modules = modules;
    }

    /**
     * Carries out one command.
     *
     * @param line {@code status}, {@code lock} or {@code log-level LEVEL}
     * @param uid who asks, for the log
     * @return the answer; its field {@code error} is set if there is nothing to carry out
     */
    Map<String, Object> answer(String line, int uid) {
        String[] words = line.trim().split("\\s+", -1);
        if (words.length == 1 && words[0].equals("status")) {
            return status.now();
        }
        if (words.length == 1 && words[0].equals("lock")) {
            modules.all().forEach(KeyModule::lock);
            LOG.info("uid {} had every cached key and context dropped", uid);
            return Ordered.of(
                    "locked", modules.all().stream().map(KeyModule::alias).toList());
        }
        if (words.length == 2 && words[0].equals("log-level")) {
            return logLevel(words[1].toLowerCase(Locale.ROOT), uid);
        }
        return Ordered.of("error", "unknown command; the commands are status, lock and log-level LEVEL");
    }

    private static Map<String, Object> logLevel(String level, int uid) {
        if (!Logging.isLevel(level)) {
            return Ordered.of("error", "unknown log level " + level + "; the levels are " + Logging.LEVELS);
        }
        Logging.level(level);
        LOG.info("uid {} set the log level to {}", uid, level);
        return Ordered.of("log_level", level);
    }
}
