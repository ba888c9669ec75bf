package org.ecryptfsj.keymodule.tspi;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The result codes with specific advice, by their names in tss/tpm_error.h, tss/tss_error.h and tss/tcs_error.h. A
 * TSS_RESULT is a layer in bits 12 to 15 and a code below; results of the tpm layer are the TPM's own (docs/spec/tspi.md, section 5). Their texts are libtspi's, see {@link TspiException}.
 */
enum TssResult {
    TPM_E_AUTHFAIL(true, 0x01),
    TPM_E_BAD_PARAMETER(true, 0x03),
    TPM_E_DEACTIVATED(true, 0x06),
    TPM_E_DISABLED(true, 0x07),
    TPM_E_FAIL(true, 0x09),
    TPM_E_INVALID_KEYHANDLE(true, 0x0c),
    TPM_E_KEYNOTFOUND(true, 0x0d),
    TPM_E_INVALID_PCR_INFO(true, 0x10),
    TPM_E_NOSRK(true, 0x12),
    TPM_E_NOTSEALED_BLOB(true, 0x13),
    TPM_E_RESOURCES(true, 0x15),
    TPM_E_SIZE(true, 0x17),
    TPM_E_WRONGPCRVAL(true, 0x18),
    TPM_E_BAD_PARAM_SIZE(true, 0x19),
    TPM_E_AUTH2FAIL(true, 0x1d),
    TPM_E_BADTAG(true, 0x1e),
    TPM_E_IOERROR(true, 0x1f),
    TPM_E_DECRYPT_ERROR(true, 0x21),
    TPM_E_INVALID_AUTHHANDLE(true, 0x22),
    TPM_E_NO_ENDORSEMENT(true, 0x23),
    TPM_E_INVALID_KEYUSAGE(true, 0x24),
    TPM_E_BAD_DATASIZE(true, 0x2b),
    TPM_E_BAD_VERSION(true, 0x2e),
    TPM_E_INVALID_STRUCTURE(true, 0x43),
    TPM_E_RETRY(true, 0x800),
    TPM_E_DOING_SELFTEST(true, 0x802),
    TPM_E_DEFEND_LOCK_RUNNING(true, 0x803),
    TSS_E_FAIL(false, 0x02),
    TSS_E_INTERNAL_ERROR(false, 0x04),
    TSS_E_OUTOFMEMORY(false, 0x05),
    TSS_E_NOTIMPL(false, 0x06),
    TSS_E_COMM_FAILURE(false, 0x11),
    TSS_E_TIMEOUT(false, 0x12),
    TSS_E_NOT_SUPPORTED(false, 0x14),
    TSS_E_CANCELED(false, 0x16),
    TSS_E_PS_KEY_NOTFOUND(false, 0x20),
    TCS_E_INVALID_CONTEXTHANDLE(false, 0xc1),
    TCS_E_INVALID_KEYHANDLE(false, 0xc2),
    TCS_E_INVALID_KEY(false, 0xc5),
    TCS_E_KM_LOADFAILED(false, 0xca),
    TSS_E_NO_CONNECTION(false, 0x102),
    TSS_E_CONNECTION_FAILED(false, 0x103),
    TSS_E_CONNECTION_BROKEN(false, 0x104),
    TSS_E_KEY_NOT_LOADED(false, 0x10e),
    TSS_E_POLICY_NO_SECRET(false, 0x116),
    TSS_E_ENC_INVALID_LENGTH(false, 0x120),
    TSS_E_ENC_NO_DATA(false, 0x121),
    TSS_E_INVALID_HANDLE(false, 0x126);

    private static final Map<Integer, TssResult> TPM_RESULTS = byCode(true);
    private static final Map<Integer, TssResult> STACK_RESULTS = byCode(false);

    private final boolean ofTpm;
    private final int code;

    TssResult(boolean ofTpm, int code) {
        this.ofTpm = ofTpm;
        this.code = code;
    }

    /** The layer of the TPM software that returned a result. */
    enum Layer {
        TPM,
        TDDL,
        TCS,
        TSP,
        OTHER;

        static Layer of(int result) {
            return switch (result >>> 12 & 0xf) {
                case 0 -> TPM;
                case 1 -> TDDL;
                case 2 -> TCS;
                case 3 -> TSP;
                default -> OTHER;
            };
        }
    }

    /** The name of a result, layer bits included; empty for a result without specific advice. */
    static Optional<TssResult> of(int result) {
        Map<Integer, TssResult> names = Layer.of(result) == Layer.TPM ? TPM_RESULTS : STACK_RESULTS;
        return Optional.ofNullable(names.get(result & 0xfff));
    }

    private static Map<Integer, TssResult> byCode(boolean ofTpm) {
        return Arrays.stream(values())
                .filter(result -> result.ofTpm == ofTpm)
                .collect(Collectors.toMap(result -> result.code, Function.identity()));
    }
}
