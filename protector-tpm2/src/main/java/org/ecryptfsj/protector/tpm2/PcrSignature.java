package org.ecryptfsj.protector.tpm2;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ecryptfsj.keymodule.LowercaseHex;
import org.ecryptfsj.libcrypto.Sha256;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonReader;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * A signature that allows values of PCRs, from a file of {@code systemd-measure sign} (docs/spec/tpm2.md, section 5).
 *
 * @param numbers of the PCRs
 * @param policyDigest of the policy that the PCRs have these values, in lowercase hex digits
 * @param signature of the policy digest
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record PcrSignature(SortedSet<Integer> numbers, String policyDigest, byte[] signature) {
    private static final int MOST_SIGNATURES = 4096;
    private static final int MOST_SIGNATURE_BYTES = 1024;

    /**
     * Reads a file's content.
     *
     * @param bank of the PCRs
     * @return the signatures for this bank
     * @throws MalformedFieldException if it is no such file
     */
    static List<PcrSignature> parse(byte[] content, PcrBank bank) throws MalformedFieldException {
        JsonObject banks = JsonReader.read(content);
        List<PcrSignature> signatures = new ArrayList<>();
        if (banks.has(bank.title())) {
            for (JsonObject entry : banks.objects(bank.title(), 0, MOST_SIGNATURES)) {
                signatures.add(of(entry));
            }
        }
        return List.copyOf(signatures);
    }

    private static PcrSignature of(JsonObject entry) throws MalformedFieldException {
        SortedSet<Integer> numbers =
                new TreeSet<>(entry.integers("pcrs", PcrSelection.MAX_PCR + 1, 0, PcrSelection.MAX_PCR));
        String digest = entry.text("pol", 2 * Sha256.BYTES);
        if (!LowercaseHex.is(digest, 2 * Sha256.BYTES)) {
            throw new MalformedFieldException("member \"pol\" is no SHA-256 digest in lowercase hex digits");
        }
        return new PcrSignature(numbers, digest, entry.bytes("sig", 1, MOST_SIGNATURE_BYTES));
    }
}
