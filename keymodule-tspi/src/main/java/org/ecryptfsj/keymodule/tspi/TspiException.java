package org.ecryptfsj.keymodule.tspi;

import java.util.Optional;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;

/**
 * A TSS call that failed: the call, its result, and libtspi's text for the result.
 *
 * <p>The message reads {@code Tspi_Context_Connect failed: Communication failure}, as the C tools print it (docs/spec/tools.md,
 * "ecryptfs-generate-tpm-key").
 */
final class TspiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int result;

    /**
     * @param call the function
     * @param result what it returned, layer bits included
     * @param text libtspi's text for the result
     */
    TspiException(String call, int result, String text) {
        super(call + " failed: " + text);
        this.call = call;
        this.result = result;
    }

    /** The function that failed. */
    String call() {
        return call;
    }

    /** What it returned, layer bits included. */
    int result() {
        return result;
    }

    /** The part of the stack that failed. */
    Layer layer() {
        return Layer.of(result);
    }

    /** The result's name; empty for a result without specific advice. */
    Optional<TssResult> name() {
        return TssResult.of(result);
    }

    boolean is(TssResult expected) {
        return name().filter(name -> name == expected).isPresent();
    }

    /**
     * Whether the context may be stale: its connection is closed, its keys were evicted or belong to a tcsd that no longer runs.
     * The operation may then succeed with a new context. This includes any error of the tcs layer, since tcsd reports an evicted
     * key as a general failure, except for a missing key.
     */
    boolean mayBeStaleContext() {
        return switch (layer()) {
            case TCS -> !is(TssResult.TSS_E_PS_KEY_NOTFOUND);
            case TDDL -> true;
            default -> name().map(TspiException::mayBeStaleContext).orElse(false);
        };
    }

    private static boolean mayBeStaleContext(TssResult result) {
        return switch (result) {
            case TSS_E_COMM_FAILURE,
                    TSS_E_NO_CONNECTION,
                    TSS_E_CONNECTION_FAILED,
                    TSS_E_CONNECTION_BROKEN,
                    TSS_E_INVALID_HANDLE,
                    TSS_E_KEY_NOT_LOADED,
                    TPM_E_INVALID_KEYHANDLE,
                    TPM_E_INVALID_AUTHHANDLE,
                    TPM_E_KEYNOTFOUND,
                    TPM_E_RESOURCES,
                    TPM_E_RETRY -> true;
            default -> false;
        };
    }
}
