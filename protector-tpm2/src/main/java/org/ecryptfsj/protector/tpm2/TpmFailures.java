package org.ecryptfsj.protector.tpm2;

import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/** What a failure of the TPM means for the person who wants to unlock: reason and advice. */
final class TpmFailures {
    private static final String RESTART =
            "Restart the machine; if that does not help, look at the TPM in the firmware setup.";

    private TpmFailures() {}

    static ProtectorException of(TpmException e) {
        return switch (e.kind()) {
            case UNREACHABLE ->
                failure(
                        Reason.UNAVAILABLE,
                        e,
                        "Enable the TPM in the firmware setup, and run this as root or as a member of the group tss.");
            case SLOW -> failure(Reason.UNAVAILABLE, e, "Try again; if the TPM stays silent, restart the machine.");
            case INTERRUPTED -> failure(Reason.TIMED_OUT, e, "");
            case MALFORMED ->
                failure(
                        Reason.FAILED,
                        e,
                        "Restart the machine. If it happens again, the TPM or its connection is not safe.");
            case REFUSED -> refused(e, e.code().orElseThrow());
        };
    }

    private static ProtectorException refused(TpmException e, ResponseCode code) {
        if (code.is(ResponseCode.LOCKOUT)) {
            return failure(
                    Reason.NOT_READY, e, "The TPM is locked after wrong PINs. Wait, or unlock with another protector.");
        }
        if (code.isFull()) {
            return failure(
                    Reason.UNAVAILABLE,
                    e,
                    "Another program fills the TPM's memory: use /dev/tpmrm0, or restart the machine.");
        }
        if (code.is(ResponseCode.AUTH_FAIL) || code.is(ResponseCode.BAD_AUTH)) {
            return failure(
                    Reason.NOT_READY,
                    e,
                    "The TPM's storage hierarchy or its storage key has a password, which this program does not ask for."
                            + " Remove it, as tpm2_changeauth does.");
        }
        if (code.is(ResponseCode.HIERARCHY)) {
            return failure(Reason.NOT_READY, e, "Enable the TPM's storage hierarchy in the firmware setup.");
        }
        if (code.is(ResponseCode.INITIALIZE) || code.is(ResponseCode.FAILURE) || code.is(ResponseCode.REBOOT)) {
            return failure(Reason.NOT_READY, e, RESTART);
        }
        if (code.is(ResponseCode.NV_RATE) || code.is(ResponseCode.NV_UNAVAILABLE)) {
            return failure(Reason.UNAVAILABLE, e, "Try again in a moment: the TPM cannot write its memory now.");
        }
        return failure(Reason.FAILED, e, "See docs/tpm2.md for the codes of TPMs.");
    }

    private static ProtectorException failure(Reason reason, TpmException e, String advice) {
        return new ProtectorException(reason, e.getMessage(), advice, e);
    }
}
