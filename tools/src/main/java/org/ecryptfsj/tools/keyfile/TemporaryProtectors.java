package org.ecryptfsj.tools.keyfile;

import java.util.List;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Protector.Lifetime;
import org.ecryptfsj.protector.Protectors;

/** Protectors that are in a key file for some boots only, as {@code ecryptfs-key allow-next-boot} adds them. */
public final class TemporaryProtectors {
    private TemporaryProtectors() {}

    /** Those of a key file. One that is not installed or is malformed is none of them. */
    public static List<ProtectorEntry> of(KeyFile file, Protectors installed) {
        return file.protectors().stream()
                .filter(entry -> lifetime(entry, installed) != Lifetime.PERMANENT)
                .toList();
    }

    static Lifetime lifetime(ProtectorEntry entry, Protectors installed) {
        try {
            return installed.byType(entry.type()).isPresent()
                    ? installed.byType(entry.type()).get().lifetime(entry.fields())
                    : Lifetime.PERMANENT;
        } catch (MalformedFieldException e) {
            // The protector's state says what is malformed.
            return Lifetime.PERMANENT;
        }
    }
}
