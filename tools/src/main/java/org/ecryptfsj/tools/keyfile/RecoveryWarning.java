package org.ecryptfsj.tools.keyfile;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.keyfile.ProtectorEntry;

/** Warns when nothing that a person knows or has written down unlocks a key file. */
public final class RecoveryWarning {
    private static final Set<String> HELD_BY_A_PERSON = Set.of("passphrase", "recovery");

    private RecoveryWarning() {}

    /** Whether no passphrase and no recovery code is among the protectors. */
    public static boolean isNeeded(List<ProtectorEntry> protectors) {
        return protectors.stream().map(ProtectorEntry::type).noneMatch(HELD_BY_A_PERSON::contains);
    }

    /** @param file named in the advice */
    static void print(Path file, List<ProtectorEntry> protectors) {
        if (isNeeded(protectors)) {
            System.err.println("ecryptfs-key: warning: the key file has no recovery code and no passphrase:"
                    + " if its other protectors fail, the data is lost");
            System.err.println("  What to do: ecryptfs-key add " + file + " --recovery");
        }
    }
}
