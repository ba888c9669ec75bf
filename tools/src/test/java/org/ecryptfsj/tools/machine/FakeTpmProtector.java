package org.ecryptfsj.tools.machine;

import java.time.Duration;
import java.util.List;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;

/**
 * A protector named tspi that keeps the file key in plain, and needs a key of a {@link FakeTpm}.
 *
 * @param chip that has the keys
 */
public record FakeTpmProtector(FakeTpm chip) implements Protector {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final int UUID_DIGITS = 32;

    @Override
    public String type() {
        return "tspi";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(Parameter.optional("tspi_uuid"));
    }

    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException {
        String uuid = values.text("tspi_uuid").orElseThrow();
        requireUsable(uuid);
        JsonObject fields = JsonObject.empty().with("key", uuid);
        return Protection.of(fileKey.onHeap(bytes -> fields.with("sealed", bytes.clone())));
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        requireUsable(uuid(fields));
        return Secret.takeBytes(fields.bytes("sealed", FILE_KEY_BYTES, FILE_KEY_BYTES));
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        String binding = "TPM key " + uuid(fields);
        try {
            requireUsable(uuid(fields));
            return ProtectorState.usable(binding);
        } catch (ProtectorException e) {
            return ProtectorState.unusable(binding, e);
        }
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.NONE;
    }

    private static String uuid(JsonObject fields) throws MalformedFieldException {
        return fields.text("key", UUID_DIGITS);
    }

    private void requireUsable(String uuid) throws ProtectorException {
        try {
            chip.requireUsable(uuid, LIMIT);
        } catch (KeyModuleException e) {
            throw ProtectorException.of(
                    e.reason() == Reason.KEY_NOT_FOUND
                            ? ProtectorException.Reason.KEY_MISSING
                            : ProtectorException.Reason.NOT_READY,
                    e);
        }
    }
}
