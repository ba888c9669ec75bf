package org.ecryptfsj.tools;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.keys.GenerateTpmKey;
import org.ecryptfsj.tools.keys.KeyMenu;
import org.ecryptfsj.tools.mount.MountEcryptfs;
import org.ecryptfsj.tools.mount.UmountEcryptfs;

/** The commands by name. */
final class Commands {
    private static final Map<String, Supplier<Command>> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry("ecryptfs-generate-tpm-key", GenerateTpmKey::new),
            Map.entry("ecryptfs-manager", KeyMenu::new),
            Map.entry("mount.ecryptfs", MountEcryptfs::new),
            Map.entry("umount.ecryptfs", UmountEcryptfs::new)));

    private Commands() {}

    /** Makes the command of that name; null if there is none. */
    static Supplier<Command> named(String name) {
        return ALL.get(name);
    }

    /** All names, sorted. */
    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }
}
