package org.ecryptfsj.protector.tpm2;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.LowercaseHex;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * The fields of a protector of type {@code tpm2} (docs/spec/key-file.md, section 10). Frozen.
 *
 * @param identity the TPM that sealed the file key
 * @param policy under which it unseals
 * @param recheck how often the PCRs are read while the mount key is in use
 * @param rebindsOthers whether the other protectors are bound to the machine's state once this one has served for a boot
 */
record Tpm2ProtectorFields(TpmIdentity identity, SealingPolicy policy, Duration recheck, boolean rebindsOthers) {
    /** The longest time between two readings of the PCRs, in seconds. */
    static final int MAX_RECHECK = 3600;

    private static final String PARENT = "parent";
    private static final String PRIMARY = "primary";
    private static final String ENDORSEMENT = "endorsement";
    private static final String BANK = "bank";
    private static final String PCRS = "pcrs";
    private static final String PIN = "pin";
    private static final String RECHECK = "recheck";
    private static final String PUBLIC = "public";
    private static final String PRIVATE = "private";
    private static final String SIGNED = "signed";
    private static final String KEY = "key";
    private static final String RESETS = "resets";
    private static final String AFTER = "after";
    private static final String UNTIL = "until";
    private static final String REBIND = "rebind";
    private static final String NAME_OF_SHA256 = "000b";
    private static final int NAME_DIGITS = 2 * StorageKey.NAME_BYTES;
    private static final int MOST_BANK = 8;
    private static final Pattern PCR = Pattern.compile("0|[1-9][0-9]?");

    /**
     * Reads all fields but those that the TPM made.
     *
     * @throws MalformedFieldException if one is missing, of another type or out of its range
     */
    static Tpm2ProtectorFields of(JsonObject fields) throws MalformedFieldException {
        Optional<String> endorsement =
                fields.has(ENDORSEMENT) ? Optional.of(name(fields, ENDORSEMENT)) : Optional.empty();
        TpmIdentity identity = new TpmIdentity(name(fields, PARENT), name(fields, PRIMARY), endorsement);
        PcrBank bank = PcrBank.named(fields.text(BANK, MOST_BANK))
                .orElseThrow(() -> new MalformedFieldException("member \"" + BANK + "\" is no bank of PCRs"));
        Optional<JsonObject> resets = optional(fields, RESETS);
        SealingPolicy policy = new SealingPolicy(
                bank,
                pcrs(fields.object(PCRS), bank),
                fields.truth(PIN),
                signed(optional(fields, SIGNED), bank),
                window(resets));
        return new Tpm2ProtectorFields(
                identity,
                policy,
                Duration.ofSeconds(fields.integer(RECHECK, 1, MAX_RECHECK)),
                resets.isPresent() && resets.get().truth(REBIND));
    }

    private static Optional<JsonObject> optional(JsonObject fields, String name) throws MalformedFieldException {
        return fields.has(name) ? Optional.of(fields.object(name)) : Optional.empty();
    }

    private static Optional<SignedPcrs> signed(Optional<JsonObject> signed, PcrBank bank)
            throws MalformedFieldException {
        if (signed.isEmpty()) {
            return Optional.empty();
        }
        PcrSigningKey key = PcrSigningKey.parse(signed.get().bytes(KEY, 1, PcrSigningKey.MOST_ENCODED));
        List<Integer> numbers = signed.get().integers(PCRS, PcrSelection.MAX_PCR + 1, 0, PcrSelection.MAX_PCR);
        if (numbers.isEmpty()) {
            throw new MalformedFieldException("member \"" + SIGNED + "\" has no PCR");
        }
        return Optional.of(new SignedPcrs(key, PcrSelection.of(bank, numbers)));
    }

    private static Optional<ResetWindow> window(Optional<JsonObject> resets) throws MalformedFieldException {
        if (resets.isEmpty()) {
            return Optional.empty();
        }
        int after = resets.get().integer(AFTER, 0, ResetWindow.MOST_RESETS - ResetWindow.MOST_BOOTS);
        return Optional.of(
                new ResetWindow(after, resets.get().integer(UNTIL, after + 1, after + ResetWindow.MOST_BOOTS)));
    }

    /**
     * Reads the fields that the TPM made.
     *
     * @throws MalformedFieldException if they are no sealed object with the policy of the other fields
     */
    SealedObject sealed(JsonObject fields) throws MalformedFieldException {
        SealedObject sealed = new SealedObject(
                fields.bytes(PUBLIC, SealedObject.PUBLIC_BYTES, SealedObject.PUBLIC_BYTES),
                fields.bytes(PRIVATE, SealedObject.LEAST_PRIVATE, SealedObject.MOST_PRIVATE));
        if (!sealed.isFor(policy)) {
            throw new MalformedFieldException("members \"" + PUBLIC + "\" and \"" + PRIVATE
                    + "\" were not sealed by a TPM 2.0 for these PCRs and this PIN");
        }
        return sealed;
    }

    /** All fields but those that the TPM made. */
    JsonObject json() {
        JsonObject values = JsonObject.empty();
        for (Map.Entry<Integer, String> pcr : policy.pcrs().entrySet()) {
            values = values.with(pcr.getKey().toString(), pcr.getValue());
        }
        JsonObject names = JsonObject.empty().with(PARENT, identity.parent()).with(PRIMARY, identity.primary());
        JsonObject all = identity.endorsement().isPresent()
                ? names.with(ENDORSEMENT, identity.endorsement().get())
                : names;
        JsonObject fields = all.with(BANK, policy.bank().title())
                .with(PCRS, values)
                .with(PIN, policy.pin())
                .with(RECHECK, recheck.toSeconds());
        if (policy.signed().isPresent()) {
            fields = fields.with(SIGNED, json(policy.signed().get()));
        }
        return policy.resets().isPresent()
                ? fields.with(RESETS, json(policy.resets().get()))
                : fields;
    }

    private static JsonObject json(SignedPcrs signed) {
        List<JsonValue> numbers = signed.selection().numbers().stream()
                .map(number -> (JsonValue) new JsonValue.Whole(number))
                .toList();
        return JsonObject.empty().with(KEY, signed.key().encoded()).with(PCRS, new JsonValue.Array(numbers));
    }

    private JsonObject json(ResetWindow window) {
        return JsonObject.empty()
                .with(AFTER, window.after())
                .with(UNTIL, window.until())
                .with(REBIND, rebindsOthers);
    }

    /** All fields, for the key file. */
    JsonObject json(SealedObject sealed) {
        return json().with(PUBLIC, sealed.publicArea()).with(PRIVATE, sealed.privateArea());
    }

    /** The fields that are authenticated together with the file key, also those that this program does not know. */
    static JsonObject parameters(JsonObject fields) {
        return fields.without(PUBLIC).without(PRIVATE);
    }

    /** What the file key is bound to, for people. */
    String binding() {
        String registers = policy.pcrs().isEmpty()
                ? "no PCRs"
                : PcrSelection.names(policy.pcrs().keySet()) + " ("
                        + policy.bank().title() + ")";
        return "TPM 2.0, " + registers
                + policy.signed().map(signed -> ", " + signed).orElse("")
                + policy.resets().map(window -> ", " + window).orElse("")
                + (policy.pin() ? ", a PIN" : "");
    }

    private static SortedMap<Integer, String> pcrs(JsonObject values, PcrBank bank) throws MalformedFieldException {
        SortedMap<Integer, String> pcrs = new TreeMap<>();
        for (Map.Entry<String, JsonValue> value : values.members().entrySet()) {
            String name = value.getKey();
            pcrs.put(pcr(name, PCRS), hex(values, name, bank.digits()));
        }
        return pcrs;
    }

    /** The PCR that a member is named after; {@code object} is for the message. */
    static int pcr(String name, String object) throws MalformedFieldException {
        if (!PCR.matcher(name).matches() || Integer.parseInt(name) > PcrSelection.MAX_PCR) {
            throw new MalformedFieldException(
                    "member \"" + object + "\" has a member that is no PCR number from 0 to " + PcrSelection.MAX_PCR);
        }
        return Integer.parseInt(name);
    }

    private static String name(JsonObject fields, String member) throws MalformedFieldException {
        String name = hex(fields, member, NAME_DIGITS);
        if (!name.startsWith(NAME_OF_SHA256)) {
            throw new MalformedFieldException("member \"" + member + "\" is no name of a key with SHA-256");
        }
        return name;
    }

    private static String hex(JsonObject object, String name, int digits) throws MalformedFieldException {
        String text = object.text(name, digits);
        if (!LowercaseHex.is(text, digits)) {
            throw new MalformedFieldException("member \"" + name + "\" is not " + digits + " lowercase hex digits");
        }
        return text;
    }
}
