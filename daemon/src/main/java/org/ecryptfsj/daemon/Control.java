package org.ecryptfsj.daemon;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands of the control socket: one line in, one JSON document out. */
final class Control {
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    private final Status status;
    private final KeyModules modules;
    private final Restart restart;

    /** Makes room for a successor. */
    interface Restart {
        /** Why there can be none; empty if there can. */
        Optional<String> obstacle();

        /** Begins; returns at once. */
        void begin(String who);
    }

    /**
     * What a command comes to.
     *
     * @param document the answer
     * @param afterwards what is done once the answer is out
     */
    record Answer(Map<String, Object> document, Runnable afterwards) {
        static Answer of(Map<String, Object> document) {
            return new Answer(document, () -> {});
        }
    }

    Control(Status status, KeyModules modules, Restart restart) {
        this.status = status;
        this.modules = modules;
        this.restart = restart;
    }

    /**
     * Carries out one command.
     *
     * @param line {@code status}, {@code lock}, {@code restart} or {@code log-level LEVEL}
     * @param uid who asks, for the log
     * @return the answer; its document's field {@code error} is set if there is nothing to carry out
     */
    Answer answer(String line, int uid) {
        String[] words = line.trim().split("\\s+", -1);
        if (words.length == 1 && words[0].equals("restart")) {
            return restart.obstacle()
                    .map(obstacle -> Answer.of(Ordered.of("error", obstacle)))
                    .orElseGet(() -> new Answer(
                            Ordered.of("restarting", ProcessHandle.current().pid()),
                            () -> restart.begin("uid " + uid)));
        }
        return Answer.of(document(words, uid));
    }

    private Map<String, Object> document(String[] words, int uid) {
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
        return Ordered.of("error", "unknown command; the commands are status, lock, restart and log-level LEVEL");
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
