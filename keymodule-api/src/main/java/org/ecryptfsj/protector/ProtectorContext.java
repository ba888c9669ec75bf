package org.ecryptfsj.protector;

import java.util.UUID;

/**
 * The key file that a protector works for.
 *
 * @param file its id
 * @param label what a person calls it, for questions and messages; not authenticated
 */
public record ProtectorContext(UUID file, String label) {
    /**
     * What a protector authenticates beside the file key (docs/spec/key-file.md, section 4), so that its members work in no
     * other key file, as no other type and with no other parameters: RFC 8785 of
     * {@code {"file": id, "parameters": {...}, "type": type}}. A device that
     * authenticates nothing beside what it encrypts gets the SHA-256 of it behind the file key: {@link FileKeyPayload}.
     *
     * @param parameters all members but those that hold what was encrypted
     */
    public byte[] associated(String type, JsonObject parameters) {
        return JsonObject.empty()
                .with("file", file.toString())
                .with("parameters", parameters)
                .with("type", type)
                .canonical();
    }
}
