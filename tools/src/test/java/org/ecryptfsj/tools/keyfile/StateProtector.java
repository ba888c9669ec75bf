package org.ecryptfsj.tools.keyfile;

import java.util.List;
import java.util.Optional;
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
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;

/** A protector that gives the file key back only in the state of the machine in which it was bound, for tests. */
final class StateProtector implements Protector {
    /** The present state of the machine. */
    String present = "trusted";

    /** Boots of the machine since the first. */
    int boots;

    @Override
    public String type() {
        return "state";
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(
                Parameter.optional("state_note"),
                Parameter.optional("state_lifetime"),
                Parameter.asked("state_code", "Code", false));
    }

    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter) {
        JsonObject fields = JsonObject.empty()
                .with("bound", present)
                .with("note", values.text("state_note").orElse(""))
                .with("lifetime", values.text("state_lifetime").orElse(Lifetime.PERMANENT.name()))
                .with("boot", boots);
        return Protection.of(fileKey.onHeap(bytes -> fields.with("key", bytes.clone())));
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        boolean opens = lifetime(fields) == Lifetime.PERMANENT
                ? fields.text("bound", 32).equals(present)
                : hasBegun(fields);
        if (!opens) {
            throw changed(fields);
        }
        return Secret.takeBytes(fields.bytes("key", FILE_KEY_BYTES, FILE_KEY_BYTES));
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        String binding = "the state " + fields.text("bound", 32);
        return fields.text("bound", 32).equals(present)
                ? ProtectorState.usable(binding)
                : ProtectorState.unusable(binding, changed(fields));
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.NONE;
    }

    @Override
    public Optional<ParameterValues> rebindingValues(JsonObject fields) throws MalformedFieldException {
        return lifetime(fields) == Lifetime.PERMANENT
                ? Optional.of(new ParameterValues().add("state_note", fields.text("note", 32)))
                : Optional.empty();
    }

    @Override
    public Lifetime lifetime(JsonObject fields) throws MalformedFieldException {
        return Lifetime.valueOf(fields.text("lifetime", 32));
    }

    @Override
    public boolean hasBegun(JsonObject fields) throws MalformedFieldException {
        return boots > fields.integer("boot", 0, Integer.MAX_VALUE);
    }

    private ProtectorException changed(JsonObject fields) throws MalformedFieldException {
        return new ProtectorException(
                Reason.STATE_CHANGED,
                "the state is " + present + ", not " + fields.text("bound", 32),
                "bind it anew with ecryptfs-key rebind");
    }
}
