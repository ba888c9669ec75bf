package org.ecryptfsj.daemon;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;

/** What {@code ecryptfsctl status} shows, as a tree of maps, lists, numbers and text. */
final class Status {
    private final KernelChannel channel;
    private final KeyModules modules;
    private final Dispatcher dispatcher;
    private final Journal journal;
    private final Keeper keeper;
    private final DaemonRights rights;

    Status(
            KernelChannel channel,
            KeyModules modules,
            Dispatcher dispatcher,
            Journal journal,
            Keeper keeper,
            DaemonRights rights) {
        this.rights = rights;
        this.keeper = keeper;
        this.channel = channel;
        this.modules = modules;
        this.dispatcher = dispatcher;
        this.journal = journal;
    }

    /** The state now. */
    Map<String, Object> now() {
        return Ordered.of(
                "version", Version.number(),
                "pid", ProcessHandle.current().pid(),
                "uid", Account.effectiveUid(),
                "uptime_seconds",
                        Duration.between(journal.started(), Instant.now()).toSeconds(),
                "capabilities", rights.names(),
                "no_new_privileges", rights.held().noNewPrivileges(),
                "channel", channel.name(),
                "kept_by", keeper.kind().toString(),
                "restarts", record().map(record -> record.starts() - 1).orElse(0),
                "not_kept", record().map(InFlightStore::unkept).orElse(0L),
                "stall_limit_ms", dispatcher.limits().stall().toMillis(),
                "deadline_ms",
                        dispatcher
                                .limits()
                                .deadline()
                                .<Object>map(Duration::toMillis)
                                .orElse("none"),
                "log_level", Logging.level(),
                "log_lines_discarded", Logging.discarded(),
                "requests", journal.requests(dispatcher.inFlight()),
                "latency", journal.latencies(),
                "modules", moduleStates(),
                "keys", journal.keysInUse());
    }

    private Optional<InFlightStore> record() {
        return channel instanceof MiscdevChannel device ? device.record() : Optional.empty();
    }

    private List<Object> moduleStates() {
        List<Object> all = new ArrayList<>();
        for (KeyModule module : modules.all()) {
            Map<String, Object> state = Ordered.of("alias", module.alias());
            state.putAll(dispatcher.health(module));
            state.putAll(module.status());
            all.add(state);
        }
        return all;
    }
}
