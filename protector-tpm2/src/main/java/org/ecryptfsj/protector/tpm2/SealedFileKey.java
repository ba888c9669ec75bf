package org.ecryptfsj.protector.tpm2;

import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.tpm2.Tpm.SessionType;

/**
 * A file key as a key file has it, and the TPM.
 *
 * @param fields its parameters
 * @param object what the TPM sealed
 * @param signatures of PCR values
 * @param changes explains PCRs with other values
 */
record SealedFileKey(
        Tpm2ProtectorFields fields, SealedObject object, PcrSignatureFiles signatures, PcrChanges changes) {
    /** What the file key is bound to, for people. */
    String binding() {
        return fields.binding()
                + changes.kept().map(kept -> kept.gaps(fields.policy())).orElse("");
    }

    /**
     * Compares all conditions but the PIN with the TPM's state, and loads the object. Nothing is unsealed, and no attempt counts.
     *
     * @throws ProtectorException KEY_MISSING, STATE_CHANGED, DAMAGED; NOT_READY if the TPM refuses all PINs now
     */
    void requireUsable(Tpm tpm) throws TpmException, ProtectorException {
        requireNoLockout(tpm);
        try (LoadedStorageKey parent = new StorageKeys(tpm).find(fields.identity())) {
            requireState(tpm);
            load(tpm, parent).close();
        }
    }

    /**
     * Unseals it.
     *
     * @param pin empty if none is needed; stays the caller's
     * @return the payload, closed by the caller
     * @throws ProtectorException KEY_MISSING, STATE_CHANGED, DAMAGED, WRONG_SECRET
     */
    Secret unseal(Tpm tpm, Secret pin) throws TpmException, ProtectorException {
        try (LoadedStorageKey parent = new StorageKeys(tpm).find(fields.identity())) {
            Optional<PcrApproval> approval = requireState(tpm);
            try (TpmObject loaded = load(tpm, parent);
                    TpmSession session = tpm.startSession(SessionType.POLICY, parent, pin)) {
                fulfil(tpm, approval, session);
                return unseal(tpm, loaded, session);
            }
        }
    }

    /** @return what allows the PCRs whose values must be signed; empty if there are none */
    private Optional<PcrApproval> requireState(Tpm tpm) throws TpmException, ProtectorException {
        SealingPolicy policy = fields.policy();
        if (policy.resets().isPresent()) {
            policy.resets().get().require(tpm.resetCount());
        }
        MeasuredPcrs.require(policy, tpm.readPcrs(policy.selection()), changes);
        if (policy.signed().isEmpty()) {
            return Optional.empty();
        }
        SignedPcrs signed = policy.signed().get();
        return Optional.of(signatures.require(signed, tpm.readPcrs(signed.selection())));
    }

    private void requireNoLockout(Tpm tpm) throws TpmException, ProtectorException {
        if (fields.policy().pin()) {
            LockoutState lockout = LockoutState.of(tpm);
            if (lockout.isLocked()) {
                throw locked(lockout, null);
            }
        }
    }

    private TpmObject load(Tpm tpm, LoadedStorageKey parent) throws TpmException, ProtectorException {
        try {
            return tpm.load(parent, object);
        } catch (TpmException e) {
            if (e.is(ResponseCode.INTEGRITY)) {
                throw new ProtectorException(
                        Reason.DAMAGED, "the sealed file key was changed", "Restore the key file from a backup.", e);
            }
            throw e;
        }
    }

    private void fulfil(Tpm tpm, Optional<PcrApproval> approval, TpmSession session)
            throws TpmException, ProtectorException {
        try {
            tpm.fulfil(fields.policy(), approval, session);
        } catch (TpmException e) {
            if (e.is(ResponseCode.VALUE)) {
                throw MeasuredPcrs.changedMeanwhile();
            }
            throw e;
        }
    }

    private Secret unseal(Tpm tpm, TpmObject loaded, TpmSession session) throws TpmException, ProtectorException {
        try {
            return tpm.unseal(loaded, session);
        } catch (TpmException e) {
            if (e.is(ResponseCode.POLICY_FAIL) || e.is(ResponseCode.PCR_CHANGED)) {
                throw MeasuredPcrs.changedMeanwhile();
            }
            if (e.is(ResponseCode.LOCKOUT)) {
                throw locked(LockoutState.of(tpm), e);
            }
            if (fields.policy().pin() && e.is(ResponseCode.AUTH_FAIL)) {
                throw Pins.wrong(LockoutState.of(tpm));
            }
            throw e;
        }
    }

    private static ProtectorException locked(LockoutState lockout, TpmException cause) {
        return new ProtectorException(
                Reason.NOT_READY,
                "the TPM refuses all PINs after " + lockout.failures() + " wrong ones",
                lockout.advice(),
                cause);
    }
}
