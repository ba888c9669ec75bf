package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Signature;

/**
 * What ecryptfs-rekey does with each entry.
 *
 * @param added keys that files get
 * @param dropped signatures of keys that files lose
 * @param names signature of the new key for names; empty if names stay
 * @param mounted whether the tree is mounted now
 * @param dryRun whether nothing is written
 */
record RekeyPlan(NewKeys added, Set<Signature> dropped, Optional<Signature> names, boolean mounted, boolean dryRun) {
    RekeyPlan {
        dropped = Set.copyOf(dropped);
    }

    /** The passes, in their order. A dry run does not need those that depend on what an earlier one wrote. */
    List<RekeyPass> passes() {
        List<RekeyPass> passes = new ArrayList<>();
        if (!added.contents().isEmpty()) {
            passes.add(RekeyPass.PREPARE);
            if (!dryRun) {
                passes.add(RekeyPass.ACTIVATE);
            }
        }
        if (!dropped.isEmpty()) {
            passes.add(RekeyPass.REVOKE);
            if (!dryRun) {
                passes.add(RekeyPass.ERASE);
            }
        }
        if (names.isPresent()) {
            passes.add(RekeyPass.NAMES);
        }
        return List.copyOf(passes);
    }
}
