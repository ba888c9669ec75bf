package org.ecryptfsj.daemon.control;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.ecryptfsj.daemon.guard.Guard;
import org.ecryptfsj.daemon.guard.LockResult;
import org.ecryptfsj.daemon.lifecycle.GracefulRestart;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.ByteText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands of the control socket: one line in, one JSON document out. */
public final class ControlCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ControlCommands.class);

    private final Status status;
    private final KeyModules modules;
    private final GracefulRestart restart;
    private final Optional<Guard> guard;

    /**
     * Result of a command.
     *
     * @param document the answer
     * @param afterwards run once the answer is sent
     */
    record Answer(Map<String, Object> document, Runnable afterwards) {
        static Answer of(Map<String, Object> document) {
            return new Answer(document, () -> {});
        }
    }

    /**
     * Commands for a daemon with that state and those key modules.
     *
     * @param guard of root's daemon
     */
    public ControlCommands(Status status, KeyModules modules, GracefulRestart restart, Optional<Guard> guard) {
        this.status = status;
        this.modules = modules;
        this.restart = restart;
        this.guard = guard;
    }

    /**
     * Executes one command.
     *
     * @param line {@code status}, {@code lock}, {@code lock ID...} of guarded mounts, {@code restart} or {@code log-level LEVEL}
     * @param uid of the client, for the log
     * @return the answer; its document has a field {@code error} if the command failed
     */
    Answer execute(String line, int uid) {
        String[] words = line.trim().split("\\s+", -1);
        if (words.length == 1 && words[0].equals("restart")) {
            return restart.obstacle()
                    .map(obstacle -> Answer.of(OrderedMaps.of("error", obstacle)))
                    .orElseGet(() -> new Answer(
                            OrderedMaps.of("restarting", ProcessHandle.current().pid()),
                            () -> restart.begin("uid " + uid)));
        }
        return Answer.of(document(words, uid));
    }

    private Map<String, Object> document(String[] words, int uid) {
        if (words.length == 1 && words[0].equals("status")) {
            return status.now();
        }
        if (words.length == 1 && words[0].equals("lock")) {
            return lock(uid);
        }
        if (words.length > 1 && words[0].equals("lock")) {
            return lockMounts(List.of(words).subList(1, words.length), uid);
        }
        if (words.length == 2 && words[0].equals("log-level")) {
            return logLevel(words[1].toLowerCase(Locale.ROOT), uid);
        }
        return OrderedMaps.of("error", "unknown command; the commands are status, lock, restart and log-level LEVEL");
    }

    /** Keys that the kernel holds come first: a key module may have to wait for its device. */
    private Map<String, Object> lock(int uid) {
        Optional<LockResult> held = guard.map(Guard::lock);
        modules.all().forEach(KeyModule::lock);
        LOG.info("cached keys and contexts dropped, as requested by uid {}", uid);
        Map<String, Object> document = OrderedMaps.of(
                "locked", modules.all().stream().map(KeyModule::alias).toList());
        held.ifPresent(lock -> document.putAll(revoked(lock, uid)));
        return document;
    }

    private Map<String, Object> lockMounts(List<String> ids, int uid) {
        if (guard.isEmpty()) {
            return OrderedMaps.of(
                    "error",
                    "only root's ecryptfsd revokes the keys of mounts. What to do: run ecryptfsctl lock as root");
        }
        try {
            return revoked(guard.get().lock(ids.stream().map(UUID::fromString).collect(Collectors.toSet())), uid);
        } catch (IllegalArgumentException e) {
            return OrderedMaps.of("error", "lock takes ids of guarded mounts, which are UUIDs");
        }
    }

    private static Map<String, Object> revoked(LockResult lock, int uid) {
        for (GuardedMount mount : lock.revoked()) {
            LOG.info(
                    "the key of {} is revoked, as requested by uid {}{}",
                    ByteText.printable(mount.mountPoint()),
                    uid,
                    mount.keyFile()
                            .map(file -> " (key file " + ByteText.printable(file) + ")")
                            .orElse(""));
        }
        lock.failures().forEach(failure -> LOG.error("requested by uid {}: {}", uid, failure));
        return GuardDocument.revoked(lock);
    }

    private static Map<String, Object> logLevel(String level, int uid) {
        if (!Logging.isLevel(level)) {
            return OrderedMaps.of("error", "unknown log level " + level + "; the levels are " + Logging.LEVELS);
        }
        Logging.level(level);
        LOG.info("log level set to {}, as requested by uid {}", level, uid);
        return OrderedMaps.of("log_level", level);
    }
}
