package org.ecryptfsj.keymodule.tspi;

/**
 * What kind of failure a TPM 1.2 reports by its result code: for the codes that {@link TspiErrorMessages} has no sentence of their
 * own for (TPM Main Specification 1.2, part 2, section 16 "Return codes"; the names in tss/tpm_error.h). What is known of a
 * kind is what to do.
 */
enum TpmErrorCategory {
    /** The chip found itself broken, or does not get through its work. */
    DEVICE_FAULT,

    /** No room or no time just now. */
    BUSY,

    /** The firmware or the TPM's owner has forbidden what was asked. */
    FORBIDDEN,

    /** A secret was refused. */
    SECRET,

    /** A key, a session or a context that tcsd believes loaded is not. */
    LOST_STATE,

    /** The data or the key that was sent is not of a form or a kind that the TPM takes for this. */
    NOT_UNDERSTOOD,

    /** Belongs to commands that this program never sends. */
    OF_OTHER_COMMANDS,

    /** The TPM is not in the state the key was made for: PCRs or locality. */
    OTHER_STATE,

    /** A code of the maker, or of a later specification. */
    UNKNOWN;

    private static final int LAST_OF_SPECIFICATION = 0x63;

    /**
     * The kind.
     *
     * @param code without the layer's bits, which are 0 for the TPM
     */
    static TpmErrorCategory of(int code) {
        return switch (code) {
            case 0x04, 0x09, 0x1b, 0x1c, 0x1f, 0x20, 0x26, 0x30, 0x31 -> DEVICE_FAULT;
            case 0x11, 0x15, 0x17, 0x47, 0x50, 0x5b, 0x63, 0x800, 0x801, 0x802 -> BUSY;
            case 0x05, 0x06, 0x07, 0x08, 0x0b, 0x14, 0x2d, 0x36, 0x39, 0x44 -> FORBIDDEN;
            case 0x01, 0x0f, 0x1d, 0x49, 0x803 -> SECRET;
            case 0x0c, 0x0d, 0x1a, 0x22, 0x25, 0x35, 0x4a, 0x4e, 0x4f, 0x58, 0x5a -> LOST_STATE;
            case 0x03,
                    0x0a,
                    0x0e,
                    0x10,
                    0x13,
                    0x16,
                    0x19,
                    0x1e,
                    0x21,
                    0x24,
                    0x27,
                    0x28,
                    0x29,
                    0x2a,
                    0x2b,
                    0x2c,
                    0x2e,
                    0x43 -> NOT_UNDERSTOOD;
            case 0x18, 0x33, 0x3d -> OTHER_STATE;
            default -> code > 0 && code <= LAST_OF_SPECIFICATION ? OF_OTHER_COMMANDS : UNKNOWN;
        };
    }
}
