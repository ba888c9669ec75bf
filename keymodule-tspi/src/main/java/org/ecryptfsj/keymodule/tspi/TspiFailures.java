package org.ecryptfsj.keymodule.tspi;

import java.util.List;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;

/**
 * Says what a failed TSS call means to the person who has to act on it. The messages keep the call and libtspi's words for
 * it, since the troubleshooting guides are written with them.
 */
final class TspiFailures {
    private static final String UNSEAL = "Tspi_Data_Unseal";
    private static final String LOAD = "Tspi_Context_LoadKeyByUUID";
    private static final String FIND = "Tspi_Context_GetKeyByUUID";
    private static final String REGISTER = "Tspi_Context_RegisterKey";
    private static final String START_TCSD =
            "If it is not running, start tcsd, the TrouSerS daemon (systemctl start tcsd), then try again.";

    private static final String BOOT_TRUSTED = "Boot the trusted configuration, or use the recovery key.";

    private final UserStorage storage;

    TspiFailures(UserStorage storage) {
        this.storage = storage;
    }

    /**
     * What a failed call means.
     *
     * @param subject what was worked on, such as {@code TPM key 0d09...}
     */
    KeyModuleException explain(String subject, TspiException e) {
        if (e.call().equals(UNSEAL) && isAboutTheBlob(e)) {
            return failure(
                    Reason.BAD_DATA,
                    "the file's encrypted key was not sealed with " + subject + ", or is damaged",
                    "Restore the lower file, or mount with the key it was written with.",
                    e);
        }
        if (e.is(TssResult.TSS_E_INTERNAL_ERROR) && e.layer() == Layer.TSP && usesStorage(e)) {
            return storageFailure(subject, e);
        }
        return switch (e.layer()) {
            case TPM -> ofTpm(subject, e);
            case TDDL -> tpmSilent(subject, e);
            case TCS -> e.is(TssResult.TSS_E_PS_KEY_NOTFOUND) ? noOwner(subject, e) : tcsdFailed(subject, e);
            case TSP, OTHER -> ofLibrary(subject, e);
        };
    }

    /**
     * The key's PCRs are not what they were.
     *
     * @param binding the key's
     * @param composite of the selected PCRs now, 40 hex digits
     */
    static KeyModuleException wrongPcrs(String subject, PcrBinding binding, String composite, TspiException e) {
        return failure(Reason.WRONG_PCR_STATE, changed(subject, binding, composite), BOOT_TRUSTED, e);
    }

    /** The same, found out by looking. */
    static KeyModuleException changedPcrs(String subject, PcrBinding binding, String composite) {
        return new KeyModuleException(Reason.WRONG_PCR_STATE, changed(subject, binding, composite), BOOT_TRUSTED);
    }

    private static String changed(String subject, PcrBinding binding, String composite) {
        return "the TPM refuses to use " + subject + ": it is bound to " + names(binding.registers())
                + ", whose composite digest was " + binding.compositeNeeded() + " when the key was made and is "
                + composite + " now";
    }

    /** None of the SRK secrets was right. */
    static KeyModuleException wrongSrkSecret(List<SrkSecret> tried, TspiException e) {
        return failure(
                Reason.AUTHENTICATION,
                "the TPM's storage root key (SRK) has another secret than " + join(tried),
                "Put the SRK secret into a file of mode 0600, set " + SrkSecret.VARIABLE
                        + "=file:/path for this program, and start it again.",
                e);
    }

    /** The secrets were wrong before, and asking again would bring the TPM nearer to its time-out. */
    static KeyModuleException srkSecretNotTriedAgain(List<SrkSecret> tried) {
        return new KeyModuleException(
                Reason.AUTHENTICATION,
                "the TPM's storage root key (SRK) was found to have another secret than " + join(tried)
                        + "; the TPM is not asked again, because it locks itself after a few wrong secrets",
                "Set " + SrkSecret.VARIABLE
                        + " and start this program again, or run ecryptfsctl lock to try once more.");
    }

    private static KeyModuleException ofTpm(String subject, TspiException e) {
        TssResult result = e.name().orElse(TssResult.TPM_E_FAIL);
        return switch (result) {
            case TPM_E_NOSRK -> noOwner(subject, e);
            case TPM_E_NO_ENDORSEMENT ->
                failure(
                        Reason.NOT_READY,
                        subject + " cannot be used: the TPM has no endorsement key",
                        "Run tpm_createek, then tpm_takeownership -z.",
                        e);
            case TPM_E_DISABLED ->
                failure(
                        Reason.NOT_READY,
                        subject + " cannot be used: the TPM is disabled",
                        "Enable the TPM in the firmware's set-up, or with tpm_setenable -e.",
                        e);
            case TPM_E_DEACTIVATED ->
                failure(
                        Reason.NOT_READY,
                        subject + " cannot be used: the TPM is deactivated",
                        "Activate the TPM in the firmware's set-up, or with tpm_setactive -a, and reboot.",
                        e);
            case TPM_E_DEFEND_LOCK_RUNNING ->
                failure(
                        Reason.NOT_READY,
                        subject + " cannot be used: the TPM was given wrong secrets too often",
                        "Wait some minutes, the TPM is defending itself; then try again with the right SRK secret.",
                        e);
            case TPM_E_AUTHFAIL, TPM_E_AUTH2FAIL ->
                failure(
                        Reason.AUTHENTICATION,
                        subject + " has a secret of its own, which keys made for eCryptfs have not",
                        "Use a key made by ecryptfs-generate-tpm-key.",
                        e);
            case TPM_E_WRONGPCRVAL ->
                failure(
                        Reason.WRONG_PCR_STATE,
                        "the TPM refuses to use " + subject + ": the PCRs it is bound to have changed",
                        "Boot the trusted configuration, or use the recovery key.",
                        e);
            case TPM_E_INVALID_KEYUSAGE ->
                failure(
                        Reason.KEY_NOT_FOUND,
                        subject + " is not a storage key, so nothing can be sealed with it",
                        "Use a key made by ecryptfs-generate-tpm-key.",
                        e);
            case TPM_E_RESOURCES, TPM_E_RETRY, TPM_E_DOING_SELFTEST, TPM_E_IOERROR -> tpmSilent(subject, e);
            case TPM_E_DECRYPT_ERROR, TPM_E_NOTSEALED_BLOB -> ofAnotherTpm(subject, e);
            default -> failure(Reason.FAILED, subject + " cannot be used", "", e);
        };
    }

    private KeyModuleException ofLibrary(String subject, TspiException e) {
        TssResult result = e.name().orElse(TssResult.TSS_E_FAIL);
        return switch (result) {
            case TSS_E_COMM_FAILURE, TSS_E_NO_CONNECTION, TSS_E_CONNECTION_FAILED, TSS_E_CONNECTION_BROKEN ->
                failure(Reason.SERVICE_UNAVAILABLE, subject + " cannot be used: tcsd does not answer", START_TCSD, e);
            case TSS_E_PS_KEY_NOTFOUND ->
                failure(
                        Reason.KEY_NOT_FOUND,
                        subject + " is not in this user's key storage " + storage,
                        "Generate a key with ecryptfs-generate-tpm-key, or restore the storage file it is in.",
                        e);
            default -> failure(Reason.FAILED, subject + " cannot be used", "", e);
        };
    }

    private KeyModuleException storageFailure(String subject, TspiException e) {
        boolean reads = !e.call().equals(REGISTER);
        return failure(
                reads ? Reason.KEY_NOT_FOUND : Reason.FAILED,
                subject + " cannot be " + (reads ? "read from" : "written to") + " this user's key storage " + storage
                        + ": " + storage.obstacle().orElse("the file is damaged"),
                "Correct that, or restore the storage file from a backup.",
                e);
    }

    private static KeyModuleException noOwner(String subject, TspiException e) {
        return failure(
                Reason.NOT_READY,
                subject + " cannot be used: the TPM has no owner, so it has no storage root key (SRK)",
                "Take ownership: tpm_takeownership -z.",
                e);
    }

    private static KeyModuleException ofAnotherTpm(String subject, TspiException e) {
        return failure(
                Reason.BAD_DATA,
                subject + " was made by another TPM, or by this one before its owner changed",
                "Use it on the machine it was made on, or use the recovery key.",
                e);
    }

    private static KeyModuleException tpmSilent(String subject, TspiException e) {
        return failure(
                Reason.SERVICE_UNAVAILABLE,
                subject + " cannot be used: the TPM does not serve tcsd at the moment",
                "Try again; if it lasts, restart tcsd.",
                e);
    }

    private static KeyModuleException tcsdFailed(String subject, TspiException e) {
        return failure(
                Reason.SERVICE_UNAVAILABLE,
                subject + " cannot be used: tcsd failed",
                "Try again; if it lasts, look into the system log and restart tcsd.",
                e);
    }

    private static boolean usesStorage(TspiException e) {
        return e.call().equals(LOAD) || e.call().equals(FIND) || e.call().equals(REGISTER);
    }

    private static boolean isAboutTheBlob(TspiException e) {
        return switch (e.name().orElse(TssResult.TPM_E_FAIL)) {
            case TPM_E_BAD_PARAMETER,
                    TPM_E_INVALID_PCR_INFO,
                    TPM_E_NOTSEALED_BLOB,
                    TPM_E_SIZE,
                    TPM_E_BAD_PARAM_SIZE,
                    TPM_E_AUTH2FAIL,
                    TPM_E_BADTAG,
                    TPM_E_DECRYPT_ERROR,
                    TPM_E_BAD_DATASIZE,
                    TPM_E_BAD_VERSION,
                    TPM_E_INVALID_STRUCTURE,
                    TSS_E_ENC_INVALID_LENGTH,
                    TSS_E_ENC_NO_DATA -> true;
            default -> false;
        };
    }

    private static String names(List<Integer> registers) {
        return (registers.size() == 1 ? "PCR " : "PCRs ")
                + registers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String join(List<SrkSecret> tried) {
        return tried.stream().map(SrkSecret::toString).collect(Collectors.joining(" and "));
    }

    private static KeyModuleException failure(Reason reason, String sentence, String advice, TspiException e) {
        return new KeyModuleException(reason, sentence + " (" + e.getMessage() + ")", advice, e.result(), e);
    }
}
