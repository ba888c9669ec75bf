package org.ecryptfsj.keyfile;

import java.util.List;
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

    /**
     * The one of that number.
     *
     * @throws KeyFileException NO_SUCH_PROTECTOR
     */
    static ProtectorEntry require(List<ProtectorEntry> protectors, int number) throws KeyFileException {
        return protectors.stream()
                .filter(entry -> entry.id() == number)
                .findFirst()
                .orElseThrow(() -> new KeyFileException(
                        KeyFileException.Reason.NO_SUCH_PROTECTOR,
                        "the key file has no protector " + number,
                        "list the protectors and their numbers with ecryptfs-key show"));
    }

    /** @throws KeyFileException NO_SUCH_PROTECTOR, LAST_PROTECTOR */
    static void requireRemovable(List<ProtectorEntry> protectors, int number) throws KeyFileException {
        require(protectors, number);
        if (protectors.size() == 1) {
            throw new KeyFileException(
                    KeyFileException.Reason.LAST_PROTECTOR,
                    "protector " + number + " is the last one: without it nothing unlocks the key file",
                    "add another protector first");
        }
    }

    /** Its number and type, for messages. */
    @Override
    public String toString() {
        return "protector " + id + " (" + type + ")";
    }
}
