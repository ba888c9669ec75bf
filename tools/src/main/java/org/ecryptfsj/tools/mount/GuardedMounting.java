package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.keyring.KernelKeyMount;
import org.ecryptfsj.linux.FileSystemMount;
import org.ecryptfsj.linux.RandomUuid;

/** mount(2) with keys that only the kernel holds, and their record for the daemon, which is there before the mount is. */
final class GuardedMounting implements KernelKeyMount.Mounting {
    private final GuardedMounts records;
    private final MountPaths paths;
    private final List<String> options;
    private final Origin origin;
    private final UUID id = RandomUuid.next();

    /**
     * Where the keys come from.
     *
     * @param keyFile absolute; empty if they come from a passphrase
     * @param watched the PCRs to which they are bound, if any
     */
    record Origin(Optional<Path> keyFile, Optional<WatchedRegisters> watched) {
        /** From a passphrase. */
        static Origin passphrase() {
            return new Origin(Optional.empty(), Optional.empty());
        }
    }

    /** @param options of the mount, in the form of mount(8) */
    GuardedMounting(GuardedMounts records, MountPaths paths, List<String> options, Origin origin) {
        this.records = records;
        this.paths = paths;
        this.options = List.copyOf(options);
        this.origin = origin;
    }

    @Override
    public void mount(List<KernelKey> keys) throws IOException {
        MountFlags flags = MountFlags.of(options);
        records.write(new GuardedMount(id, keys, paths.target(), paths.lower(), origin.keyFile(), origin.watched()));
        boolean mounted = false;
        try {
            FileSystemMount.mount(paths.lower(), paths.target(), "ecryptfs", flags.flags(), flags.text());
            mounted = true;
        } finally {
            if (!mounted) {
                records.remove(id);
            }
        }
    }

    @Override
    public void unmount() throws IOException {
        FileSystemMount.unmount(paths.target(), 0);
        records.remove(id);
    }
}
