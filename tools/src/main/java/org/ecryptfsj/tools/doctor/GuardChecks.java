package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.UnusableRecord;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.tools.mount.GuardNotice;
import org.ecryptfsj.tools.mount.MountTable;

/** Checks that the daemon watches the PCRs of the mounts whose keys only the kernel holds. */
final class GuardChecks {
    private static final String NAME = "guarded-mounts";

    private GuardChecks() {}

    static List<Finding> mounts(DiagnosticContext context) throws IOException {
        List<Finding> findings = new ArrayList<>();
        List<GuardedMount> records = context.guardedMounts(record -> findings.add(unusable(record)));
        MountTable mounted = MountTable.parse(context.machine().lines("/proc/self/mounts"));
        boolean runs = GuardNotice.daemonListens(context.machine().resolve(GuardNotice.CONTROL_SOCKET));
        for (GuardedMount mount : records) {
            if (mount.watched().isPresent()
                    && mounted.ecryptfsAt(mount.mountPoint().toString()).isPresent()) {
                findings.add(
                        runs
                                ? Finding.ok(
                                        NAME, "ecryptfsd watches " + registers(mount) + " for " + mount.mountPoint())
                                : unwatched(context, mount));
            }
        }
        return findings.isEmpty() ? List.of(Finding.skipped(NAME, "no mount is bound to PCRs")) : findings;
    }

    private static Finding unwatched(DiagnosticContext context, GuardedMount mount) {
        return Finding.problem(
                NAME,
                "no ecryptfsd runs that watches " + registers(mount) + " for " + mount.mountPoint(),
                "if a value changes while the directory is mounted, its key is not revoked",
                context.init().start(context.machine(), "ecryptfsd"));
    }

    private static String registers(GuardedMount mount) {
        return mount.watched().map(WatchedRegisters::values).orElseThrow().keySet().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", "PCR ", ""));
    }

    private static Finding unusable(UnusableRecord record) {
        return Finding.problem(
                NAME, record.message(), "the record was damaged, or another program wrote it", record.advice());
    }
}
