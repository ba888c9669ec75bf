package org.ecryptfsj.tools.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Mount options as mount(2) takes them: those of every file system as bits, those of eCryptfs as text (mount(8), "FILESYSTEM-
 * INDEPENDENT MOUNT OPTIONS"; sys/mount.h).
 *
 * @param flags MS_ bits
 * @param text the other options, separated by commas
 */
record MountFlags(long flags, String text) {
    private static final Map<String, Long> SET = Map.of(
            "ro", 1L,
            "nosuid", 2L,
            "nodev", 4L,
            "noexec", 8L,
            "sync", 16L,
            "noatime", 1L << 10,
            "nodiratime", 1L << 11,
            "relatime", 1L << 21,
            "strictatime", 1L << 24);

    private static final Map<String, Long> CLEARED =
            Map.of("rw", 1L, "suid", 2L, "dev", 4L, "exec", 8L, "async", 16L, "atime", 1L << 10, "diratime", 1L << 11);

    /** For mount(8) alone. */
    private static final Set<String> DROPPED = Set.of("defaults", "_netdev", "nofail", "owner", "group");

    /** Of two options that contradict each other the later one counts, as with mount(8). */
    static MountFlags of(List<String> options) {
        long flags = 0;
        List<String> others = new ArrayList<>();
        for (String option : options) {
            if (SET.containsKey(option)) {
                flags |= SET.get(option);
            } else if (CLEARED.containsKey(option)) {
                flags &= ~CLEARED.get(option);
            } else if (!DROPPED.contains(option) && !option.startsWith("x-") && !option.startsWith("comment=")) {
                others.add(option);
            }
        }
        return new MountFlags(flags, String.join(",", others));
    }
}
