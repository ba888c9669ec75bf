package org.ecryptfsj.protector.tpm2.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The firmware's event log, as Linux shows it in {@code binary_bios_measurements} (TCG PC Client Platform Firmware Profile 1.06,
 * section 10.2): with the digests of all banks, or, in the format of TPM 1.2, with SHA-1 alone.
 *
 * @param events what was measured, in the order of the log
 */
public record EventLog(List<LoggedEvent> events) {
    /** The largest log that is read, in bytes. */
    public static final int MAX_BYTES = 4 << 20;

    /** The largest number of a PCR. */
    public static final int MAX_PCR = 23;

    private static final int MAX_EVENTS = 16384;
    private static final int MAX_ALGORITHMS = 16;
    private static final int MAX_DIGEST = 64;
    private static final int SHA1 = 0x0004;
    private static final int SHA1_BYTES = 20;
    private static final int SIGNATURE_BYTES = 16;
    private static final String ALL_BANKS = "Spec ID Event03\0";
    private static final int FIXED_FIELDS = 8;

    /** Copies the events. */
    public EventLog {
        events = List.copyOf(events);
    }

    /**
     * Reads a log.
     *
     * @throws MalformedEventLogException if it is none, or larger than the limits
     */
    public static EventLog parse(byte[] bytes) throws MalformedEventLogException {
        if (bytes.length > MAX_BYTES) {
            throw new MalformedEventLogException("it has more than " + MAX_BYTES + " bytes");
        }
        LittleEndianReader in = new LittleEndianReader(bytes);
        if (!in.hasMore()) {
            throw new MalformedEventLogException("it is empty");
        }
        Entry first = sha1Entry(in);
        if (!first.saysAllBanks()) {
            return read(in, first, EventLog::sha1Entry);
        }
        Map<Integer, Integer> sizes = digestSizes(first.data());
        return read(in, first, reader -> entry(reader, sizes));
    }

    /**
     * The events of a PCR in one bank, in their order.
     *
     * @param algorithm the TPM_ALG_ID of the bank
     * @return empty if the log does not have that bank
     */
    public Optional<List<MeasuredEvent>> events(int pcr, int algorithm) {
        List<MeasuredEvent> measured = new ArrayList<>();
        for (LoggedEvent event : events) {
            String digest = event.digests().get(algorithm);
            if (digest == null) {
                return Optional.empty();
            }
            if (event.pcr() == pcr) {
                measured.add(new MeasuredEvent(digest, event.type(), event.name()));
            }
        }
        return Optional.of(measured);
    }

    /** Reads one entry of a log, whose format follows from its first entry. */
    @FunctionalInterface
    private interface EntryFormat {
        Entry read(LittleEndianReader in) throws MalformedEventLogException;
    }

    /** An entry as the log has it: a measurement, or, with the type NO_ACTION, information about the log. */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    private record Entry(int pcr, int type, Map<Integer, String> digests, byte[] data) {
        boolean saysAllBanks() {
            byte[] expected = ALL_BANKS.getBytes(StandardCharsets.US_ASCII);
            return type == EventType.NO_ACTION.code()
                    && data.length >= expected.length
                    && Arrays.equals(data, 0, expected.length, expected, 0, expected.length);
        }
    }

    private static EventLog read(LittleEndianReader in, Entry first, EntryFormat format)
            throws MalformedEventLogException {
        List<LoggedEvent> events = new ArrayList<>();
        Entry entry = first;
        for (int count = 1; ; count++) {
            if (count > MAX_EVENTS) {
                throw new MalformedEventLogException("it has more than " + MAX_EVENTS + " events");
            }
            if (entry.type() != EventType.NO_ACTION.code()) {
                events.add(measured(entry));
            }
            if (!in.hasMore()) {
                return new EventLog(events);
            }
            entry = format.read(in);
        }
    }

    private static LoggedEvent measured(Entry entry) throws MalformedEventLogException {
        if (entry.pcr() < 0 || entry.pcr() > MAX_PCR) {
            throw new MalformedEventLogException("PCR " + Integer.toUnsignedString(entry.pcr()) + " does not exist");
        }
        return new LoggedEvent(entry.pcr(), entry.type(), entry.digests(), EventName.of(entry.type(), entry.data()));
    }

    private static Entry sha1Entry(LittleEndianReader in) throws MalformedEventLogException {
        int pcr = in.u32();
        int type = in.u32();
        String digest = HexFormat.of().formatHex(in.raw(SHA1_BYTES));
        return new Entry(pcr, type, Map.of(SHA1, digest), in.sized());
    }

    private static Entry entry(LittleEndianReader in, Map<Integer, Integer> sizes) throws MalformedEventLogException {
        int pcr = in.u32();
        int type = in.u32();
        int count = in.u32();
        if (count < 0 || count > sizes.size()) {
            throw new MalformedEventLogException("an event has more digests than there are banks");
        }
        Map<Integer, String> digests = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int algorithm = in.u16();
            Integer size = sizes.get(algorithm);
            if (size == null) {
                throw new MalformedEventLogException("an event has a digest of a bank that the log does not name");
            }
            if (digests.put(algorithm, HexFormat.of().formatHex(in.raw(size))) != null) {
                throw new MalformedEventLogException("an event has two digests of one bank");
            }
        }
        return new Entry(pcr, type, digests, in.sized());
    }

    /** The banks in the header, TCG_EfiSpecIDEvent (section 10.4.5.1), with the bytes of their digests. */
    private static Map<Integer, Integer> digestSizes(byte[] header) throws MalformedEventLogException {
        LittleEndianReader in = new LittleEndianReader(header);
        in.raw(SIGNATURE_BYTES + FIXED_FIELDS);
        int count = in.u32();
        if (count < 1 || count > MAX_ALGORITHMS) {
            throw new MalformedEventLogException("its header names no banks, or more than " + MAX_ALGORITHMS);
        }
        Map<Integer, Integer> sizes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int algorithm = in.u16();
            int size = in.u16();
            if (size < 1 || size > MAX_DIGEST || sizes.put(algorithm, size) != null) {
                throw new MalformedEventLogException("its header names a bank twice, or with an impossible size");
            }
        }
        return sizes;
    }
}
