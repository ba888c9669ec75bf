package org.ecryptfsj.protector.tpm2;

import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What must be true for the TPM to unseal (docs/spec/tpm2.md, section 5).
 *
 * @param bank of the PCRs
 * @param pcrs the values that they must have, in lowercase hex digits, by number; empty if there is no condition on PCRs
 * @param pin whether a PIN must be given
 */
record SealingPolicy(PcrBank bank, SortedMap<Integer, String> pcrs, boolean pin) {
    SealingPolicy {
        pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    }

    /** The PCRs. */
    PcrSelection selection() {
        return PcrSelection.of(bank, pcrs.keySet());
    }

    /** The SHA-256 of all values, in the order of the PCRs. */
    byte[] pcrDigest() {
        return Sha256Digest.of(HexFormat.of().parseHex(String.join("", pcrs.values())));
    }

    /** The policy digest, computed as the TPM does (TPM 2.0 Library, part 3, sections 23.7 and 23.13). */
    byte[] digest() {
        byte[] digest = new byte[Sha256Digest.BYTES];
        if (!pcrs.isEmpty()) {
            digest = Sha256Digest.of(
                    digest, code(TpmCommand.POLICY_PCR), selection().bytes(), pcrDigest());
        }
        return pin ? Sha256Digest.of(digest, code(TpmCommand.POLICY_AUTH_VALUE)) : digest;
    }

    private static byte[] code(TpmCommand command) {
        return new TpmWriter().u32(command.code()).bytes();
    }
}
