package org.ecryptfsj.protector.tpm2;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * PCRs of one bank.
 *
 * @param bank the bank
 * @param numbers 0 to {@link #MAX_PCR}
 */
record PcrSelection(PcrBank bank, SortedSet<Integer> numbers) {
    /** The largest number of a PCR. */
    static final int MAX_PCR = 23;

    private static final int BITMAP_BYTES = 3;

    PcrSelection {
        numbers = Collections.unmodifiableSortedSet(new TreeSet<>(numbers));
    }

    static PcrSelection of(PcrBank bank, Collection<Integer> numbers) {
        return new PcrSelection(bank, new TreeSet<>(numbers));
    }

    /** As a TPML_PCR_SELECTION: without elements if there is no PCR. */
    byte[] bytes() {
        if (numbers.isEmpty()) {
            return new TpmWriter().u32(0).bytes();
        }
        byte[] bitmap = new byte[BITMAP_BYTES];
        numbers.forEach(number -> bitmap[number / Byte.SIZE] |= (byte) (1 << number % Byte.SIZE));
        return new TpmWriter()
                .u32(1)
                .u16(bank.algorithm())
                .u8(BITMAP_BYTES)
                .raw(bitmap)
                .bytes();
    }

    /** Such as {@code PCR 7} or {@code PCRs 0, 7}. */
    static String names(Collection<Integer> numbers) {
        return (numbers.size() == 1 ? "PCR " : "PCRs ")
                + String.join(
                        ", ",
                        new TreeSet<>(numbers).stream().map(String::valueOf).toList());
    }
}
