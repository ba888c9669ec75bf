package org.ecryptfsj.tools.machine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.RegisterBinding;

/** A protector named tpm2 that keeps the file key in plain, of a TPM whose PCR 7 alone has a measurement. */
public record FakeTpm2Protector() implements Protector {
    /** The value of PCR 7. */
    public static final String SECURE_BOOT = "7a".repeat(32);

    @Override
    public String type() {
        return "tpm2";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(
                Parameter.optional("tpm2_pcr"),
                Parameter.optional("tpm2_boots"),
                Parameter.optional("tpm2_rebind"),
                Parameter.optional("tpm2_auth"));
    }

    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter) {
        JsonObject fields = JsonObject.empty()
                .with("pcrs", values.text("tpm2_pcr").orElse(""))
                .with("boots", values.text("tpm2_boots").orElse(""));
        return Protection.of(fileKey.onHeap(bytes -> fields.with("sealed", bytes.clone())));
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws MalformedFieldException {
        return Secret.takeBytes(fields.bytes("sealed", FILE_KEY_BYTES, FILE_KEY_BYTES));
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) {
        return ProtectorState.usable("TPM 2.0");
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.NONE;
    }

    @Override
    public Optional<RegisterBinding> binding(JsonObject fields) throws MalformedFieldException {
        return fields.text("pcrs", 9).isEmpty()
                ? Optional.empty()
                : Optional.of(new RegisterBinding(Map.of(7, SECURE_BOOT), Duration.ofSeconds(5)));
    }

    @Override
    public Map<Integer, String> registers(Set<Integer> numbers) {
        return numbers.stream()
                .collect(Collectors.toMap(Function.identity(), number -> number == 7 ? SECURE_BOOT : "0".repeat(64)));
    }
}
