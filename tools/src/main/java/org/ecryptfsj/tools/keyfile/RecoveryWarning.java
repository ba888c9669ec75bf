package org.ecryptfsj.tools.keyfile;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.keyfile.ProtectorEntry;

/** Warns when nothing that a person knows or has written down unlocks a key file. */
final class RecoveryWarning {
    private static final Set<String> HELD_BY_A_PERSON = Set.of("passphrase", "recovery");

    private RecoveryWarning() {}

    /** @param file named in the advice */
    static void print(Path file, List<ProtectorEntry> protectors) {
        if (protectors.stream().map(ProtectorEntry::type).noneMatch(HELD_BY_A_PERSON::contains)) {
            System.err.println("ecryptfs-key: warning: the key file has no recovery code and no passphrase:"
                    + " if its other protectors fail, the data is lost");
            System.err.println("  What to do: ecryptfs-key add " + file + " --recovery");
        }
    }
}
