package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** The executor's counters and current task. Written by the executor's thread, read by any thread. */
final class TpmStatus {
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong rebuilds = new AtomicLong();
    private volatile String lastFailure = "none";
    private volatile boolean connected;
    private volatile List<KeyUuid> keys = List.of();
    private volatile Optional<Running> running = Optional.empty();

    private record Running(String name, long sinceNanos) {
        String describe() {
            return name + ", for "
                    + Duration.ofNanos(System.nanoTime() - sinceNanos).toMillis() + " ms";
        }
    }

    void taskStarted(String name) {
        running = Optional.of(new Running(name, System.nanoTime()));
    }

    /** @param failure the failure; empty after success */
    void taskEnded(Optional<? extends Exception> failure) {
        running = Optional.empty();
        operations.incrementAndGet();
        failure.ifPresent(e -> {
            failures.incrementAndGet();
            lastFailure = e.getMessage();
        });
    }

    void contextRebuilt() {
        rebuilds.incrementAndGet();
    }

    void setLoadedKeys(boolean context, List<KeyUuid> loaded) {
        connected = context;
        keys = loaded;
    }

    /** The running task and its duration; empty if there is none. */
    Optional<String> running() {
        return running.map(Running::describe);
    }

    /** All values by name. */
    Map<String, String> describe(int queued) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("context", connected ? "connected to tcsd" : "none");
        all.put("keys_loaded", keys.stream().map(KeyUuid::hex).collect(Collectors.joining(" ")));
        all.put("operations", operations.toString());
        all.put("failures", failures.toString());
        all.put("last_failure", lastFailure);
        all.put("rebuilds", rebuilds.toString());
        all.put("queued", String.valueOf(queued));
        all.put("running", running().orElse("nothing"));
        return all;
    }
}
