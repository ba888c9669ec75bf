package org.ecryptfsj.daemon.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.daemon.guard.Guard;
import org.ecryptfsj.daemon.lifecycle.DaemonPrivileges;
import org.ecryptfsj.daemon.lifecycle.Supervisor;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.ModuleExecutor;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;

/** What {@code ecryptfsctl status} shows, as a tree of maps, lists, numbers and text. */
public final class Status {
    private final KernelChannel channel;
    private final KeyModules modules;
    private final RequestPipeline pipeline;
    private final RequestMetrics metrics;
    private final Supervisor supervisor;
    private final DaemonPrivileges privileges;
    private final Optional<Guard> guard;

    /**
     * The status of a daemon with these parts.
     *
     * @param guard of root's daemon
     */
    public Status(
            KernelChannel channel,
            KeyModules modules,
            RequestPipeline pipeline,
            RequestMetrics metrics,
            Supervisor supervisor,
            DaemonPrivileges privileges,
            Optional<Guard> guard) {
        this.channel = channel;
        this.modules = modules;
        this.pipeline = pipeline;
        this.metrics = metrics;
        this.supervisor = supervisor;
        this.privileges = privileges;
        this.guard = guard;
    }

    /** The state now. */
    Map<String, Object> now() {
        Optional<InFlightStore> store = channel.inFlightStore();
        Duration uptime = Duration.between(metrics.started(), Instant.now());
        Map<String, Object> state = OrderedMaps.of(
                "version", DaemonVersion.number(),
                "pid", ProcessHandle.current().pid(),
                "uid", Account.effectiveUid(),
                "uptime_seconds", uptime.toSeconds(),
                "capabilities", privileges.names(),
                "no_new_privileges", privileges.held().noNewPrivileges(),
                "channel", channel.name(),
                "kept_by", supervisor.kind().toString(),
                "restarts", store.map(kept -> kept.starts() - 1).orElse(0),
                "not_kept", store.map(InFlightStore::notKept).orElse(0L),
                "stall_limit_ms", pipeline.limits().stall().toMillis(),
                "deadline_ms",
                        pipeline.limits()
                                .deadline()
                                .<Object>map(Duration::toMillis)
                                .orElse("none"),
                "log_level", Logging.level(),
                "log_lines_discarded", Logging.discarded(),
                "requests", requests(metrics.counts()),
                "latency",
                        OrderedMaps.of(
                                "wrap", latency(metrics.wrapLatency()),
                                "unwrap", latency(metrics.unwrapLatency())),
                "modules", moduleStates(),
                "keys", keys(metrics.keysInUse()));
        guard.ifPresent(present -> state.put("guarded", GuardDocument.states(present.states())));
        return state;
    }

    private static Map<String, Object> requests(RequestMetrics.Counts counts) {
        return OrderedMaps.of(
                "received", counts.received(),
                "answered", counts.answered(),
                "failed", counts.failed(),
                "malformed", counts.malformed(),
                "timed_out", counts.timedOut(),
                "stalled", counts.stalled(),
                "late", counts.late(),
                "discarded_frames", counts.discardedFrames(),
                "inherited", counts.recovered(),
                "in_flight", counts.inFlight());
    }

    private static Map<String, Object> latency(RequestMetrics.Latency latency) {
        return OrderedMaps.of(
                "count", latency.count(),
                "p50_ms", latency.median(),
                "p99_ms", latency.percentile99(),
                "max_ms", latency.max());
    }

    private static Map<String, Object> keys(Map<String, RequestMetrics.KeyUse> keys) {
        Map<String, Object> all = new LinkedHashMap<>();
        keys.forEach((signature, use) -> all.put(
                signature,
                OrderedMaps.of(
                        "answered", use.answered(),
                        "failed", use.failed(),
                        "last_used", use.lastUsed().toString())));
        return all;
    }

    private List<Object> moduleStates() {
        List<Object> all = new ArrayList<>();
        for (KeyModule module : modules.all()) {
            ModuleExecutor.Health health = pipeline.health(module);
            Map<String, Object> state = OrderedMaps.of(
                    "alias", module.alias(),
                    "state", health.stalledFor().isPresent() ? "stalled" : "ok",
                    "stalled_ms", health.stalledFor().map(Duration::toMillis).orElse(0L),
                    "waiting", health.waiting());
            state.putAll(module.status());
            all.add(state);
        }
        return all;
    }
}
