package org.ecryptfsj.protector.tpm2;

/** The commands that are used (TPM 2.0 Library, part 2, section 6.5.2; docs/spec/tpm2.md, section 1). */
enum TpmCommand {
    CREATE_PRIMARY(0x131, "TPM2_CreatePrimary"),
    CREATE(0x153, "TPM2_Create"),
    LOAD(0x157, "TPM2_Load"),
    UNSEAL(0x15e, "TPM2_Unseal"),
    FLUSH_CONTEXT(0x165, "TPM2_FlushContext"),
    LOAD_EXTERNAL(0x167, "TPM2_LoadExternal"),
    POLICY_AUTHORIZE(0x16a, "TPM2_PolicyAuthorize"),
    POLICY_AUTH_VALUE(0x16b, "TPM2_PolicyAuthValue"),
    POLICY_COUNTER_TIMER(0x16d, "TPM2_PolicyCounterTimer"),
    READ_PUBLIC(0x173, "TPM2_ReadPublic"),
    START_AUTH_SESSION(0x176, "TPM2_StartAuthSession"),
    VERIFY_SIGNATURE(0x177, "TPM2_VerifySignature"),
    GET_CAPABILITY(0x17a, "TPM2_GetCapability"),
    PCR_READ(0x17e, "TPM2_PCR_Read"),
    POLICY_PCR(0x17f, "TPM2_PolicyPCR"),
    READ_CLOCK(0x181, "TPM2_ReadClock");

    private final int code;
    private final String title;

    TpmCommand(int code, String title) {
        this.code = code;
        this.title = title;
    }

    int code() {
        return code;
    }

    /** Its name in the standard. */
    String title() {
        return title;
    }
}
