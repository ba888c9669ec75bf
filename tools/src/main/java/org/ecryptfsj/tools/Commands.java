package org.ecryptfsj.tools;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.keyfile.EcryptfsKey;
import org.ecryptfsj.tools.keys.GenerateTpmKey;
import org.ecryptfsj.tools.keys.KeyMenu;
import org.ecryptfsj.tools.mount.MountEcryptfs;
import org.ecryptfsj.tools.mount.UmountEcryptfs;
import org.ecryptfsj.tools.offline.EcryptfsCat;
import org.ecryptfsj.tools.offline.EcryptfsCheck;
import org.ecryptfsj.tools.offline.EcryptfsDecrypt;
import org.ecryptfsj.tools.offline.EcryptfsRekey;
import org.ecryptfsj.tools.offline.EcryptfsStat;
import org.ecryptfsj.tools.passphrase.AddPassphrase;
import org.ecryptfsj.tools.passphrase.InsertWrappedPassphrase;
import org.ecryptfsj.tools.passphrase.RewrapPassphrase;
import org.ecryptfsj.tools.passphrase.UnwrapPassphrase;
import org.ecryptfsj.tools.passphrase.WrapPassphrase;
import org.ecryptfsj.tools.privatedir.MountPrivate;
import org.ecryptfsj.tools.privatedir.UmountPrivate;
import org.ecryptfsj.tools.setup.SetupTpm;

/** The registry of all commands, by name. */
public final class Commands {
    private static final Map<String, Supplier<Command>> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry("ecryptfs-add-passphrase", AddPassphrase::new),
            Map.entry("ecryptfs-cat", EcryptfsCat::new),
            Map.entry("ecryptfs-check", EcryptfsCheck::new),
            Map.entry("ecryptfs-decrypt", EcryptfsDecrypt::new),
            Map.entry("ecryptfs-doctor", EcryptfsDoctor::new),
            Map.entry("ecryptfs-generate-tpm-key", GenerateTpmKey::new),
            Map.entry("ecryptfs-insert-wrapped-passphrase-into-keyring", InsertWrappedPassphrase::new),
            Map.entry("ecryptfs-key", EcryptfsKey::new),
            Map.entry("ecryptfs-manager", KeyMenu::new),
            Map.entry("ecryptfs-rekey", EcryptfsRekey::new),
            Map.entry("ecryptfs-rewrap-passphrase", RewrapPassphrase::new),
            Map.entry("ecryptfs-setup-tpm", SetupTpm::new),
            Map.entry("ecryptfs-stat", EcryptfsStat::new),
            Map.entry("ecryptfs-unwrap-passphrase", UnwrapPassphrase::new),
            Map.entry("ecryptfs-wrap-passphrase", WrapPassphrase::new),
            Map.entry("mount.ecryptfs", MountEcryptfs::new),
            Map.entry("mount.ecryptfs_private", MountPrivate::new),
            Map.entry("umount.ecryptfs", UmountEcryptfs::new),
            Map.entry("umount.ecryptfs_private", UmountPrivate::new)));

    private Commands() {}

    /** A supplier of the command with this name; null if there is no such command. */
    public static Supplier<Command> named(String name) {
        return ALL.get(name);
    }

    /** All names, sorted. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }
}
