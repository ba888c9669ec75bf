package org.ecryptfsj.tools;

import java.util.List;
import java.util.Optional;
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
    private static final List<String> NAMES = List.of(
            "ecryptfs-add-passphrase",
            "ecryptfs-cat",
            "ecryptfs-check",
            "ecryptfs-decrypt",
            "ecryptfs-doctor",
            "ecryptfs-generate-tpm-key",
            "ecryptfs-insert-wrapped-passphrase-into-keyring",
            "ecryptfs-key",
            "ecryptfs-manager",
            "ecryptfs-rekey",
            "ecryptfs-rewrap-passphrase",
            "ecryptfs-setup-tpm",
            "ecryptfs-stat",
            "ecryptfs-unwrap-passphrase",
            "ecryptfs-wrap-passphrase",
            "mount.ecryptfs",
            "mount.ecryptfs_private",
            "umount.ecryptfs",
            "umount.ecryptfs_private");

    private Commands() {}

    /** A new command; empty if no command has this name. A switch, so that only the classes of this command are loaded. */
    public static Optional<Command> named(String name) {
        Command command =
                switch (name) {
                    case "ecryptfs-add-passphrase" -> new AddPassphrase();
                    case "ecryptfs-cat" -> new EcryptfsCat();
                    case "ecryptfs-check" -> new EcryptfsCheck();
                    case "ecryptfs-decrypt" -> new EcryptfsDecrypt();
                    case "ecryptfs-doctor" -> new EcryptfsDoctor();
                    case "ecryptfs-generate-tpm-key" -> new GenerateTpmKey();
                    case "ecryptfs-insert-wrapped-passphrase-into-keyring" -> new InsertWrappedPassphrase();
                    case "ecryptfs-key" -> new EcryptfsKey();
                    case "ecryptfs-manager" -> new KeyMenu();
                    case "ecryptfs-rekey" -> new EcryptfsRekey();
                    case "ecryptfs-rewrap-passphrase" -> new RewrapPassphrase();
                    case "ecryptfs-setup-tpm" -> new SetupTpm();
                    case "ecryptfs-stat" -> new EcryptfsStat();
                    case "ecryptfs-unwrap-passphrase" -> new UnwrapPassphrase();
                    case "ecryptfs-wrap-passphrase" -> new WrapPassphrase();
                    case "mount.ecryptfs" -> new MountEcryptfs();
                    case "mount.ecryptfs_private" -> new MountPrivate();
                    case "umount.ecryptfs" -> new UmountEcryptfs();
                    case "umount.ecryptfs_private" -> new UmountPrivate();
                    default -> null;
                };
        return Optional.ofNullable(command);
    }

    /** All names, sorted. */
    public static List<String> names() {
        return NAMES;
    }
}
