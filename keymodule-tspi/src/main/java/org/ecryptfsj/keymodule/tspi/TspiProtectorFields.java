package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.LowercaseHex;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * The fields of a protector of type {@code tspi} (docs/spec/key-file.md, section 8). Frozen.
 *
 * @param key the TPM key
 * @param pcrs values of the PCRs to which the TPM key is bound, 40 hex digits, by number; empty if it is bound to none
 * @param recheck how often the PCRs are read while the mount key is in use
 */
record TspiProtectorFields(KeyUuid key, SortedMap<Integer, String> pcrs, Duration recheck) {
    /** The field with what the TPM sealed. */
    static final String SEALED = "key";

    /** The largest number of a PCR. */
    static final int MAX_PCR = 23;

    /** The longest time between two readings of the PCRs, in seconds. */
    static final int MAX_RECHECK = 3600;

    private static final String UUID = "uuid";
    private static final String PCRS = "pcrs";
    private static final String RECHECK = "recheck";
    private static final int UUID_DIGITS = 32;
    private static final int VALUE_DIGITS = 40;
    private static final int MIN_SEALED = 13;
    private static final Pattern PCR = Pattern.compile("0|[1-9][0-9]?");

    TspiProtectorFields {
        pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    }

    /**
     * Reads all fields but the sealed one.
     *
     * @throws MalformedFieldException if one is missing, of another type or out of its range
     */
    static TspiProtectorFields of(JsonObject fields) throws MalformedFieldException {
        return new TspiProtectorFields(
                new KeyUuid(hex(fields, UUID, UUID_DIGITS)),
                pcrs(fields.object(PCRS)),
                Duration.ofSeconds(fields.integer(RECHECK, 1, MAX_RECHECK)));
    }

    /**
     * Reads the sealed field.
     *
     * @throws MalformedFieldException if it is not a TPM_STORED_DATA
     */
    static SealedBlob sealed(JsonObject fields) throws MalformedFieldException {
        byte[] bytes = fields.bytes(SEALED, MIN_SEALED, SealedBlob.MAX_BYTES);
        try {
            return SealedBlob.of(bytes);
        } catch (KeyModuleException e) {
            throw new MalformedFieldException("member \"" + SEALED + "\" was not sealed by a TPM 1.2");
        }
    }

    /** All fields but the sealed one. */
    JsonObject json() {
        JsonObject values = JsonObject.empty();
        for (Map.Entry<Integer, String> pcr : pcrs.entrySet()) {
            values = values.with(pcr.getKey().toString(), pcr.getValue());
        }
        return JsonObject.empty().with(UUID, key.hex()).with(PCRS, values).with(RECHECK, recheck.toSeconds());
    }

    /** What the file key is bound to, for people. */
    String binding() {
        return "TPM 1.2 key " + key + ", " + (pcrs.isEmpty() ? "no PCRs" : TspiErrorMessages.pcrNames(pcrs.keySet()));
    }

    private static SortedMap<Integer, String> pcrs(JsonObject values) throws MalformedFieldException {
        SortedMap<Integer, String> pcrs = new TreeMap<>();
        for (Map.Entry<String, JsonValue> value : values.members().entrySet()) {
            String name = value.getKey();
            if (!PCR.matcher(name).matches() || Integer.parseInt(name) > MAX_PCR) {
                throw new MalformedFieldException(
                        "member \"" + PCRS + "\" has a member that is no PCR number from 0 to " + MAX_PCR);
            }
            pcrs.put(Integer.valueOf(name), hex(values, name, VALUE_DIGITS));
        }
        return pcrs;
    }

    private static String hex(JsonObject object, String name, int digits) throws MalformedFieldException {
        String text = object.text(name, digits);
        if (!LowercaseHex.is(text, digits)) {
            throw new MalformedFieldException("member \"" + name + "\" is not " + digits + " lowercase hex digits");
        }
        return text;
    }
}
