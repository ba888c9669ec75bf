package org.ecryptfsj.protector.tpm2;

import java.util.List;

/**
 * A condition on the number of resets, as TPM2_PolicyCounterTimer compares it (TPM 2.0 Library, part 3; TPM_EO in part 2).
 *
 * @param operand the number with which it is compared
 * @param operation a TPM_EO
 */
record ResetCondition(int operand, int operation) {
    private static final int UNSIGNED_GREATER = 0x0003;
    private static final int UNSIGNED_LESS_OR_EQUAL = 0x0009;

    /** Where a TPMS_TIME_INFO has the number of resets: behind the time and the clock. */
    private static final int OFFSET_IN_TIME_INFO = 2 * Long.BYTES;

    /** The conditions that hold during a time. */
    static List<ResetCondition> of(ResetWindow window) {
        return List.of(
                new ResetCondition(window.after(), UNSIGNED_GREATER),
                new ResetCondition(window.until(), UNSIGNED_LESS_OR_EQUAL));
    }

    /** What the policy digest has of it. */
    byte[] arguments() {
        return new TpmWriter()
                .u32(operand)
                .u16(OFFSET_IN_TIME_INFO)
                .u16(operation)
                .bytes();
    }

    /** The parameters of the command. */
    byte[] parameters() {
        return new TpmWriter().u16(Integer.BYTES).raw(arguments()).bytes();
    }
}
