package org.ecryptfsj.keymodule.tspi;

/**
 * The category of a TPM 1.2 result code, for codes without a message of their own in {@link TspiErrorMessages} (TPM Main Specification 1.2, part 2, section 16 "Return codes"; the names in tss/tpm_error.h). The category
 * decides the advice.
 */
enum TpmErrorCategory {
    /** The chip reports a defect or cannot complete its work. */
    DEVICE_FAULT,

    /** The chip has no free resources at the moment. */
    BUSY,

    /** The firmware's or the owner's settings forbid the command. */
    FORBIDDEN,

    /** A secret was refused. */
    AUTHENTICATION,

    /** A key, session or context that tcsd has loaded is no longer in the chip. */
    NOT_LOADED,

    /** The data or the key has a form or a type that the command does not accept. */
    INVALID_INPUT,

    /** The code belongs to commands that this program does not send. */
    UNRELATED,

    /** The PCRs or the locality are not those that the key is bound to. */
    WRONG_STATE,

    /** A code of the manufacturer, or of a later specification. */
    UNKNOWN;

    private static final int LAST_OF_SPECIFICATION = 0x63;

    /**
     * The category of a code.
     *
     * @param code without the layer's bits, which are 0 for the TPM
     */
    static TpmErrorCategory of(int code) {
        return switch (code) {
            case 0x04, 0x09, 0x1b, 0x1c, 0x1f, 0x20, 0x26, 0x30, 0x31 -> DEVICE_FAULT;
            case 0x11, 0x15, 0x17, 0x47, 0x50, 0x5b, 0x63, 0x800, 0x801, 0x802 -> BUSY;
            case 0x05, 0x06, 0x07, 0x08, 0x0b, 0x14, 0x2d, 0x36, 0x39, 0x44 -> FORBIDDEN;
            case 0x01, 0x0f, 0x1d, 0x49, 0x803 -> AUTHENTICATION;
            case 0x0c, 0x0d, 0x1a, 0x22, 0x25, 0x35, 0x4a, 0x4e, 0x4f, 0x58, 0x5a -> NOT_LOADED;
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
                    0x43 -> INVALID_INPUT;
            case 0x18, 0x33, 0x3d -> WRONG_STATE;
            default -> code > 0 && code <= LAST_OF_SPECIFICATION ? UNRELATED : UNKNOWN;
        };
    }
}
