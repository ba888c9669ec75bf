package org.ecryptfsj.protector.tpm2;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.LowercaseHex;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.ecryptfsj.protector.tpm2.eventlog.LoggedEvent;
import org.ecryptfsj.protector.tpm2.eventlog.MeasuredEvent;
import org.ecryptfsj.protector.tpm2.eventlog.PcrDifference;

/**
 * What the firmware's event log said when the file key was sealed, so that a changed PCR can be explained (docs/spec/key-file.md,
 * section 10). It decides nothing: the TPM does.
 *
 * @param pcrs the first events of each PCR whose value the log explained, by number; none if there was no room
 */
record KeptEvents(SortedMap<Integer, List<MeasuredEvent>> pcrs) {
    /** The most events that are kept, of all PCRs together. */
    static final int MAX_EVENTS = 256;

    private static final String EVENTS = "events";
    private static final String DIGEST = "digest";
    private static final String TYPE = "type";
    private static final String NAME = "name";
    private static final int TYPE_DIGITS = 8;

    /** What the last byte of PCR 0 can be before the first event: the locality in which the TPM was started. */
    private static final List<Integer> LOCALITIES = List.of(0, 3, 4);

    KeptEvents {
        pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    }

    /** What a log says of the PCRs of a policy; nothing of a PCR whose value does not follow from the log. */
    static KeptEvents of(EventLog log, SealingPolicy policy) {
        SortedMap<Integer, List<MeasuredEvent>> pcrs = new TreeMap<>();
        int room = MAX_EVENTS;
        for (Map.Entry<Integer, String> pcr : policy.pcrs().entrySet()) {
            List<MeasuredEvent> events =
                    log.events(pcr.getKey(), policy.bank().algorithm()).orElse(List.of());
            if (explain(pcr.getKey(), policy, events)) {
                List<MeasuredEvent> kept = List.copyOf(events.subList(0, Math.min(room, events.size())));
                room -= kept.size();
                pcrs.put(pcr.getKey(), kept);
            }
        }
        return new KeptEvents(pcrs);
    }

    /**
     * Reads the field.
     *
     * @return empty if the key file has none
     * @throws MalformedFieldException if it is there and not as the specification says
     */
    static Optional<KeptEvents> of(JsonObject fields, PcrBank bank) throws MalformedFieldException {
        if (!fields.has(EVENTS)) {
            return Optional.empty();
        }
        JsonObject object = fields.object(EVENTS);
        SortedMap<Integer, List<MeasuredEvent>> pcrs = new TreeMap<>();
        int room = MAX_EVENTS;
        for (String name : object.members().keySet()) {
            List<MeasuredEvent> events = new ArrayList<>();
            for (JsonObject event : object.objects(name, 0, room)) {
                events.add(event(event, bank));
            }
            room -= events.size();
            pcrs.put(Tpm2ProtectorFields.pcr(name, EVENTS), List.copyOf(events));
        }
        return Optional.of(new KeptEvents(pcrs));
    }

    /** Fields of a protector with this one. */
    JsonObject in(JsonObject fields) {
        JsonObject object = JsonObject.empty();
        for (Map.Entry<Integer, List<MeasuredEvent>> pcr : pcrs.entrySet()) {
            List<JsonValue> events = new ArrayList<>();
            pcr.getValue().forEach(event -> events.add(json(event)));
            object = object.with(pcr.getKey().toString(), new JsonValue.Array(events));
        }
        return fields.with(EVENTS, object);
    }

    /** What a person must know of PCRs whose changes cannot be explained; empty if there is nothing to say. */
    String gaps(SealingPolicy policy) {
        TreeSet<Integer> missing = new TreeSet<>(policy.pcrs().keySet());
        missing.removeAll(pcrs.keySet());
        return missing.isEmpty()
                ? ""
                : "; no events of " + PcrSelection.names(missing)
                        + " are kept, because the firmware's event log does not explain "
                        + (missing.size() == 1 ? "its value" : "their values");
    }

    /**
     * What changed in a PCR that has another value now.
     *
     * @return for example {@code Secure Boot variable dbx changed}; empty if that is not known
     */
    Optional<String> change(int pcr, SealingPolicy policy, EventLog log) {
        List<MeasuredEvent> then = pcrs.get(pcr);
        List<MeasuredEvent> now = log.events(pcr, policy.bank().algorithm()).orElse(null);
        if (then == null || now == null) {
            return Optional.empty();
        }
        if (!explain(pcr, policy, then)) {
            return PcrDifference.words(pcr, then, now.subList(0, Math.min(then.size(), now.size())));
        }
        return PcrDifference.words(pcr, then, now)
                .or(() -> Optional.of("the boot was the same as then; software changed the PCR after it"));
    }

    /** Whether a PCR has the value of a policy after these events. */
    private static boolean explain(int pcr, SealingPolicy policy, List<MeasuredEvent> events) {
        Stream<Integer> localities = pcr == 0 ? LOCALITIES.stream() : Stream.of(0);
        return localities.anyMatch(locality ->
                replayed(policy.bank(), locality, events).equals(policy.pcrs().get(pcr)));
    }

    private static String replayed(PcrBank bank, int locality, List<MeasuredEvent> events) {
        byte[] value = new byte[bank.digits() / 2];
        value[value.length - 1] = (byte) locality;
        for (MeasuredEvent event : events) {
            value = bank.extended(value, HexFormat.of().parseHex(event.digest()));
        }
        return HexFormat.of().formatHex(value);
    }

    private static MeasuredEvent event(JsonObject event, PcrBank bank) throws MalformedFieldException {
        String digest = event.text(DIGEST, bank.digits());
        String type = event.text(TYPE, TYPE_DIGITS);
        String name = event.text(NAME, LoggedEvent.MAX_NAME);
        if (!LowercaseHex.is(digest, bank.digits()) || !LowercaseHex.is(type, TYPE_DIGITS) || !name.matches("[ -~]*")) {
            throw new MalformedFieldException("member \"" + EVENTS + "\" has an element that is no event");
        }
        return new MeasuredEvent(digest, HexFormat.fromHexDigits(type), name);
    }

    private static JsonObject json(MeasuredEvent event) {
        return JsonObject.empty()
                .with(DIGEST, event.digest())
                .with(TYPE, "%08x".formatted(event.type()))
                .with(NAME, event.name());
    }
}
