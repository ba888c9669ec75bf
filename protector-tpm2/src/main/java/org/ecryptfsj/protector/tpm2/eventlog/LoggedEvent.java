package org.ecryptfsj.protector.tpm2.eventlog;

import java.util.Map;

/**
 * An event that was measured.
 *
 * @param pcr the PCR that it extended, 0 to {@link EventLog#MAX_PCR}
 * @param type its number; {@link EventType#of} knows many of them
 * @param digests what extended the PCR, in lowercase hex digits, by the TPM_ALG_ID of the bank
 * @param name what was measured, as short text of at most {@link #MAX_NAME} characters; empty if the log does not say
 */
public record LoggedEvent(int pcr, int type, Map<Integer, String> digests, String name) {
    /** The longest name, in UTF-16 units. */
    public static final int MAX_NAME = 64;

    /** Copies the digests. */
    public LoggedEvent {
        digests = Map.copyOf(digests);
    }
}
