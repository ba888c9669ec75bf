package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/** Checks of the mounts of encrypted homes and private directories: session counters, and names that are nearly too long. */
final class PrivateMountChecks {
    private static final String COUNTER = "session-counter";
    private static final String NAMES = "long-names";
    private static final String ALIAS = "Private";

    private PrivateMountChecks() {}

    /** Session counters that contradict the mounts. */
    static List<Finding> counters(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        List<String> mounted = MountTable.parse(machine.lines("/proc/mounts")).ecryptfs().stream()
                .map(MountTable.Entry::source)
                .toList();
        List<Finding> findings = new ArrayList<>();
        for (PrivateUser user : PrivateUser.all(machine)) {
            boolean isMounted = mounted.contains(user.lowerDirectory()) || mounted.contains(user.home() + "/.Private");
            Optional<String> count = count(user);
            if (!isMounted && count.filter(value -> !value.equals("0")).isPresent()) {
                findings.add(Finding.warning(
                        COUNTER,
                        "the directory of " + user.name() + " is not mounted, and its session counter is "
                                + count.get(),
                        "the logout that should unmount the directory leaves it mounted",
                        "reset it: umount.ecryptfs_private -f, as " + user.name()));
            } else if (isMounted && count.isEmpty()) {
                findings.add(Finding.warning(
                        COUNTER,
                        "the directory of " + user.name() + " is mounted, and no session is counted",
                        "the next logout unmounts it, also if another session uses it",
                        "log out of all sessions of " + user.name() + ", and log in again"));
            }
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(COUNTER, "no session counter contradicts the mounts"))
                : findings;
    }

    /**
     * The number of sessions, as mount.ecryptfs_private counts them: the first line of the file. The file that the C tools write has
     * precedence.
     */
    private static Optional<String> count(PrivateUser user) throws IOException {
        Optional<String> shared = user.machine().text("/dev/shm/ecryptfs-" + user.name() + "-" + ALIAS);
        Optional<String> counter = shared.isPresent()
                ? shared
                : user.machine().text("/run/ecryptfsj/sessions/" + user.uid() + "-" + ALIAS);
        return counter.flatMap(text -> text.lines().findFirst());
    }

    /** Names to which programs cannot append anything. */
    static List<Finding> names(DiagnosticContext context) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (PrivateUser user : PrivateUser.all(context.machine())) {
            String lower = user.lowerDirectory();
            if (!context.machine().exists(lower)) {
                continue;
            }
            LongNames names = new LongNames();
            byte[] path = ByteText.encode(context.machine().resolve(lower).toString());
            try (TreeDirectory top = DescriptorTrees.ofThisProcess().directory(path)) {
                new TreeWalk<>(names).run(top);
            } catch (TreeException e) {
                findings.add(Finding.skipped(NAMES, lower + " cannot be read: " + e.getMessage()));
                continue;
            } catch (LongNames.LimitReached e) {
                findings.add(
                        Finding.skipped(NAMES, "only " + LongNames.MOST_ENTRIES + " names of " + lower + " were read"));
            }
            if (names.count() > 0) {
                findings.add(Finding.warning(
                        NAMES,
                        names.count() + " names below " + lower + " have more than 127 bytes",
                        "a name has 143 bytes at most there: programs such as rsync, which append to the name, fail",
                        "use rsync --inplace for them, or give them shorter names"));
            }
        }
        return findings.isEmpty() ? List.of(Finding.ok(NAMES, "no user has long encrypted names")) : findings;
    }
}
