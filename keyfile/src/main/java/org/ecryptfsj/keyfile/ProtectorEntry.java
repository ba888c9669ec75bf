package org.ecryptfsj.keyfile;

import java.util.Objects;
import org.ecryptfsj.protector.JsonObject;

/**
 * A protector in a key file.
 *
 * @param id its number in the file, 1 or more
 * @param type of the {@link org.ecryptfsj.protector.Protector} that made it, which may not be installed
 * @param label what a person calls it, may be empty
 * @param added when it was added, as the file says
 * @param fields what the protector keeps
 */
public record ProtectorEntry(int id, String type, String label, String added, JsonObject fields) {
    /** @throws NullPointerException if a component is null */
    public ProtectorEntry {
        Objects.requireNonNull(type);
        Objects.requireNonNull(label);
        Objects.requireNonNull(added);
        Objects.requireNonNull(fields);
    }

    /** Its number and type, for messages. */
    @Override
    public String toString() {
        return "protector " + id + " (" + type + ")";
    }
}
