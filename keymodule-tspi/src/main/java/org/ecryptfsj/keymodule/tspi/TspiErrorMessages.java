package org.ecryptfsj.keymodule.tspi;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;

/**
 * Explains a failed TSS call to the administrator, with advice. The messages include the call and libtspi's text, because
 * troubleshooting guides use them.
 */
final class TspiErrorMessages {
    private static final String UNSEAL = "Tspi_Data_Unseal";
    private static final String LOAD = "Tspi_Context_LoadKeyByUUID";
    private static final String FIND = "Tspi_Context_GetKeyByUUID";
    private static final String REGISTER = "Tspi_Context_RegisterKey";
    private static final String START_TCSD =
            "If it is not running, start tcsd, the TrouSerS daemon (systemctl start tcsd), then try again.";

    private static final String BOOT_TRUSTED = "Boot the trusted configuration, or use the recovery key.";
    private static final String RESTORE = "Restore that file from a backup.";
    private static final String RESTORE_TCSD_STORAGE =
            "Restore that file from a backup and start tcsd. Do not clear the TPM: its keys would be lost.";

    private final UserKeyStorage storage;
    private final Optional<TcsdKeyStorage> tcsdStorage;

    TspiErrorMessages(UserKeyStorage storage, Optional<TcsdKeyStorage> tcsdStorage) {
        this.storage = storage;
        this.tcsdStorage = tcsdStorage;
    }

    /** The explanation of a failed call. */
    KeyModuleException explain(FailureContext context, TspiException e) {
        if (e.call().equals(UNSEAL) && isAboutSealedBlob(e)) {
            return failure(
                    Reason.BAD_DATA,
                    "the file's encrypted key was not sealed with " + context.subject() + ", or is damaged",
                    "Restore the lower file, or mount with the key it was written with.",
                    e);
        }
        if (e.is(TssResult.TSS_E_INTERNAL_ERROR) && e.layer() == Layer.TSP && usesStorage(e)) {
            return storageFailure(context, e);
        }
        return switch (e.layer()) {
            case TPM -> tpmError(context, e);
            case TDDL -> tpmUnreachable(context, e);
            case TCS -> e.is(TssResult.TSS_E_PS_KEY_NOTFOUND) ? noOwner(context, e) : tcsdFailed(context, e);
            case TSP, OTHER -> libraryError(context, e);
        };
    }

    /** tcsd has the SRK, but not the key that the entry names as its parent; or the TPM rejects the entry. */
    KeyModuleException damagedKey(FailureContext context, TspiException e) {
        return failure(
                Reason.KEY_UNUSABLE,
                context.failureClause() + ": its entry in this user's key storage " + storage + " is damaged",
                RESTORE,
                e);
    }

    /** The TPM has an owner, and so an SRK, but tcsd has no entry for it. */
    KeyModuleException srkUnknown(FailureContext context, TspiException e) {
        return failure(
                Reason.NOT_READY,
                context.failureClause()
                        + ": the TPM has an owner, but tcsd does not know its storage root key (SRK); the file "
                        + tcsdStorageFile() + " is missing, empty, or from another machine",
                "Restore that file from a backup and restart tcsd. Do not clear the TPM: its keys would be lost.",
                e);
    }

    /** The user's key storage is damaged. */
    KeyModuleException damagedStorage(FailureContext context, String how) {
        return new KeyModuleException(
                Reason.KEY_UNUSABLE,
                context.failureClause() + ": this user's key storage " + storage + " is damaged: " + how,
                RESTORE);
    }

    /** tcsd's key storage is damaged. */
    KeyModuleException tcsdStorageDamaged(FailureContext context, String how) {
        return new KeyModuleException(
                Reason.NOT_READY, context.failureClause() + damagedTcsdStorage(how), RESTORE_TCSD_STORAGE);
    }

    private String damagedTcsdStorage(String how) {
        return ": tcsd's key storage " + tcsdStorageFile() + " is damaged: " + how;
    }

    private String tcsdStorageFile() {
        return tcsdStorage.map(TcsdKeyStorage::toString).orElse("that tcsd.conf names (system_ps_file)");
    }

    /**
     * The key's PCRs have changed.
     *
     * @param binding the key's
     * @param composite of the selected PCRs now, 40 hex digits
     */
    static KeyModuleException wrongPcrs(FailureContext context, PcrBinding binding, String composite, TspiException e) {
        return failure(Reason.WRONG_PCR_STATE, changed(context, binding, composite), BOOT_TRUSTED, e);
    }

    /** The same, found by a check without a failed call. */
    static KeyModuleException changedPcrs(FailureContext context, PcrBinding binding, String composite) {
        return new KeyModuleException(Reason.WRONG_PCR_STATE, changed(context, binding, composite), BOOT_TRUSTED);
    }

    private static String changed(FailureContext context, PcrBinding binding, String composite) {
        return "the TPM refuses to use " + context.subject() + ": it is bound to " + pcrNames(binding.registers())
                + ", whose composite digest was " + binding.compositeNeeded() + " when the key was made and is "
                + composite + " now";
    }

    /** None of the SRK secrets was right. The TPM returns the same error for a modified key. */
    KeyModuleException wrongSrkSecret(List<SrkSecret> tried, TspiException e) {
        return failure(
                Reason.AUTHENTICATION,
                "the TPM's storage root key (SRK) has another secret than " + join(tried),
                "Put the SRK secret into a file of mode 0600, set " + SrkSecret.VARIABLE
                        + "=file:/path for this program, and start it again; or, if that is set, correct the file. If the"
                        + " secret is right, the key's entry in " + storage + " is damaged: restore that file.",
                e);
    }

    /** The secrets were wrong before, and another attempt could lock the TPM. */
    static KeyModuleException srkSecretNotTriedAgain(List<SrkSecret> tried) {
        return new KeyModuleException(
                Reason.AUTHENTICATION,
                "the TPM's storage root key (SRK) was found to have another secret than " + join(tried)
                        + "; the TPM is not asked again, because it locks itself after a few wrong secrets",
                "Set " + SrkSecret.VARIABLE + " and start this program again; or, if that names a file, correct it; or"
                        + " run ecryptfsctl lock to try once more.");
    }

    private KeyModuleException tpmError(FailureContext context, TspiException e) {
        TssResult result = e.name().orElse(TssResult.TPM_E_FAIL);
        return switch (result) {
            case TPM_E_NOSRK -> noOwner(context, e);
            case TPM_E_NO_ENDORSEMENT ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause() + ": the TPM has no endorsement key",
                        "Run tpm_createek, then tpm_takeownership -z.",
                        e);
            case TPM_E_DISABLED ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause() + ": the TPM is disabled",
                        "Enable the TPM in the firmware's set-up, or with tpm_setenable -e.",
                        e);
            case TPM_E_DEACTIVATED ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause() + ": the TPM is deactivated",
                        "Activate the TPM in the firmware's set-up, or with tpm_setactive -a, and reboot.",
                        e);
            case TPM_E_DEFEND_LOCK_RUNNING ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause()
                                + ": the TPM was given wrong secrets too often, and has locked itself for some time",
                        "Wait some minutes, then try again with the right SRK secret. The TPM's"
                                + " owner can unlock it immediately: tpm_resetdalock.",
                        e);
            case TPM_E_AUTHFAIL, TPM_E_AUTH2FAIL ->
                failure(
                        Reason.AUTHENTICATION,
                        context.subject() + " has its own secret, but keys for eCryptfs have none",
                        "Use a key made by ecryptfs-generate-tpm-key.",
                        e);
            case TPM_E_WRONGPCRVAL ->
                failure(
                        Reason.WRONG_PCR_STATE,
                        "the TPM refuses to use " + context.subject() + ": the PCRs it is bound to have changed",
                        BOOT_TRUSTED,
                        e);
            case TPM_E_INVALID_KEYUSAGE ->
                failure(
                        Reason.KEY_NOT_FOUND,
                        context.subject() + " is not a storage key, so nothing can be sealed with it",
                        "Use a key made by ecryptfs-generate-tpm-key.",
                        e);
            case TPM_E_RESOURCES, TPM_E_RETRY, TPM_E_DOING_SELFTEST ->
                failure(
                        Reason.SERVICE_UNAVAILABLE,
                        context.failureClause() + ": the TPM is busy",
                        "Try again; if it lasts, restart tcsd.",
                        e);
            case TPM_E_IOERROR -> tpmUnreachable(context, e);
            case TPM_E_DECRYPT_ERROR, TPM_E_NOTSEALED_BLOB -> keyOfAnotherTpm(context, e);
            default -> byCategory(context, e);
        };
    }

    /** Only an answer about the key's entry is explained by a damaged entry, never a fault of the device. */
    private KeyModuleException byCategory(FailureContext context, TspiException e) {
        return switch (TpmErrorCategory.of(e.result())) {
            case DEVICE_FAULT ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause() + ": the TPM reports an internal fault",
                        "Switch the machine off and on again: a reboot alone does not reset every TPM. If the fault remains, the TPM is"
                                + " broken: use the recovery key.",
                        e);
            case BUSY ->
                failure(
                        Reason.SERVICE_UNAVAILABLE,
                        context.failureClause() + ": the TPM has no free resources, or has not finished its self-test",
                        "Try again; if it lasts, restart tcsd, and run tpm_selftest.",
                        e);
            case FORBIDDEN ->
                failure(
                        Reason.NOT_READY,
                        context.failureClause() + ": the TPM's settings forbid it",
                        "Check the TPM's settings in the firmware's set-up, and ask the TPM's owner.",
                        e);
            case AUTHENTICATION ->
                failure(
                        Reason.AUTHENTICATION,
                        context.failureClause() + ": the TPM rejects a secret",
                        "Use a key made by ecryptfs-generate-tpm-key, and set " + SrkSecret.VARIABLE
                                + " if the SRK has a secret.",
                        e);
            case NOT_LOADED ->
                failure(
                        Reason.SERVICE_UNAVAILABLE,
                        context.failureClause() + ": the TPM no longer has the keys that tcsd loaded into it",
                        "Restart tcsd; no other program may use the TPM at the same time.",
                        e);
            case INVALID_INPUT ->
                context.usesExistingKey() && e.call().equals(LOAD)
                        ? damagedKey(context, e)
                        : failure(
                                Reason.FAILED,
                                context.failureClause() + ": the TPM rejects the data it was sent",
                                "Use a key made by ecryptfs-generate-tpm-key on this machine; if it is one, restart tcsd.",
                                e);
            case WRONG_STATE ->
                failure(
                        Reason.WRONG_PCR_STATE,
                        context.failureClause() + ": the TPM is not in the state that the key is bound to",
                        BOOT_TRUSTED,
                        e);
            case UNRELATED ->
                failure(
                        Reason.FAILED,
                        context.failureClause() + ": the TPM's answer does not belong to this command",
                        "Restart tcsd; if it lasts, switch the machine off and on again.",
                        e);
            case UNKNOWN ->
                failure(
                        Reason.FAILED,
                        context.failureClause() + ": the TPM answers with its manufacturer's code "
                                + String.format("0x%x", e.result()),
                        "Look the code up in the TPM's data sheet; switch the machine off and on again.",
                        e);
        };
    }

    private KeyModuleException libraryError(FailureContext context, TspiException e) {
        TssResult result = e.name().orElse(TssResult.TSS_E_FAIL);
        return switch (result) {
            case TSS_E_COMM_FAILURE, TSS_E_NO_CONNECTION, TSS_E_CONNECTION_FAILED, TSS_E_CONNECTION_BROKEN ->
                tcsdUnreachable(context, e);
            case TSS_E_PS_KEY_NOTFOUND ->
                failure(
                        Reason.KEY_NOT_FOUND,
                        context.subject() + " is not in this user's key storage " + storage,
                        "Generate a key with ecryptfs-generate-tpm-key, or restore the storage file it is in.",
                        e);
            case TSS_E_OUTOFMEMORY ->
                failure(
                        Reason.FAILED,
                        context.failureClause() + ": out of memory",
                        "Raise this program's memory limit, or end other programs.",
                        e);
            case TSS_E_TIMEOUT, TSS_E_CANCELED ->
                failure(
                        Reason.SERVICE_UNAVAILABLE,
                        context.failureClause() + ": the operation was cancelled",
                        "Try again; if it lasts, restart tcsd.",
                        e);
            case TSS_E_NOTIMPL, TSS_E_NOT_SUPPORTED ->
                failure(
                        Reason.UNSUPPORTED,
                        context.failureClause() + ": the TPM software does not support this",
                        "Use TrouSerS 0.3.15 or newer, and a key made by ecryptfs-generate-tpm-key.",
                        e);
            default ->
                failure(
                        Reason.FAILED,
                        context.failureClause() + ": libtspi rejects the call",
                        "Try again; if it lasts, restart tcsd, then this program, and read the system log.",
                        e);
        };
    }

    private KeyModuleException storageFailure(FailureContext context, TspiException e) {
        boolean reads = !e.call().equals(REGISTER);
        return failure(
                reads ? Reason.KEY_NOT_FOUND : Reason.FAILED,
                context.subject() + " cannot be " + (reads ? "read from" : "written to") + " this user's key storage "
                        + storage + ": " + storage.obstacle().orElse("the file is damaged"),
                "Correct that, or restore the storage file from a backup.",
                e);
    }

    /** If a key exists, taking ownership does not help: the key is lost. */
    private static KeyModuleException noOwner(FailureContext context, TspiException e) {
        return failure(
                Reason.NOT_READY,
                context.failureClause() + ": the TPM has no owner, so it has no storage root key (SRK)",
                context.usesExistingKey()
                        ? "If the TPM was cleared, or is not the one that made the key, use the recovery key. New keys can"
                                + " be made after tpm_takeownership -z."
                        : "Take ownership: tpm_takeownership -z.",
                e);
    }

    private KeyModuleException keyOfAnotherTpm(FailureContext context, TspiException e) {
        return failure(
                Reason.KEY_UNUSABLE,
                context.subject()
                        + " was made by another TPM, or by this one before its owner changed, or its entry in "
                        + storage + " is damaged",
                "Use it on the machine it was made on, restore that file from a backup, or use the recovery key.",
                e);
    }

    private static KeyModuleException tpmUnreachable(FailureContext context, TspiException e) {
        return failure(
                Reason.SERVICE_UNAVAILABLE,
                context.failureClause() + ": tcsd does not reach the TPM",
                "Check whether the kernel has found the TPM (dmesg | grep -i tpm), then restart tcsd.",
                e);
    }

    private KeyModuleException tcsdUnreachable(FailureContext context, TspiException e) {
        return tcsdStorage
                .flatMap(TcsdKeyStorage::damage)
                .map(how -> failure(
                        Reason.NOT_READY,
                        context.failureClause() + damagedTcsdStorage(how) + ", with which tcsd does not start",
                        RESTORE_TCSD_STORAGE,
                        e))
                .orElseGet(() -> failure(
                        Reason.SERVICE_UNAVAILABLE, context.failureClause() + ": tcsd does not answer", START_TCSD, e));
    }

    private static KeyModuleException tcsdFailed(FailureContext context, TspiException e) {
        return failure(
                Reason.SERVICE_UNAVAILABLE,
                context.failureClause() + ": tcsd failed",
                "Try again; if it lasts, read the system log and restart tcsd.",
                e);
    }

    private static boolean usesStorage(TspiException e) {
        return e.call().equals(LOAD) || e.call().equals(FIND) || e.call().equals(REGISTER);
    }

    private static boolean isAboutSealedBlob(TspiException e) {
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

    /** {@code PCR 2}, or {@code PCRs 0, 2}. */
    static String pcrNames(Collection<Integer> registers) {
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
