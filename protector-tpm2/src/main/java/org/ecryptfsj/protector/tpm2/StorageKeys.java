package org.ecryptfsj.protector.tpm2;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.tpm2.Tpm.Hierarchy;

/** Finds the storage key of a TPM: the persistent one where there is one, else the standard one, which the TPM makes on demand. */
final class StorageKeys {
    /** The handle at which the TCG's provisioning guidance has the storage root key. */
    static final int PERSISTENT = 0x81000001;

    private static final HexFormat HEX = HexFormat.of();

    private final Tpm tpm;

    StorageKeys(Tpm tpm) {
        this.tpm = tpm;
    }

    /**
     * The storage key under which something new is sealed.
     *
     * @return closed by the caller
     * @throws ProtectorException NOT_READY if the persistent key is none that can be trusted
     */
    LoadedStorageKey forSealing() throws TpmException, ProtectorException {
        Optional<byte[]> area = tpm.publicArea(PERSISTENT);
        if (area.isEmpty()) {
            return tpm.createPrimary(Hierarchy.STORAGE);
        }
        StorageKey key = StorageKey.parse(area.get()).orElseThrow(() -> unsuitable("is of another kind"));
        List<String> missing = key.missingAttributes();
        if (!missing.isEmpty()) {
            throw unsuitable(
                    "has not the attributes " + String.join(", ", missing) + ", so it may be known outside the TPM");
        }
        return persistent(key);
    }

    /**
     * The storage key under which something was sealed.
     *
     * @return closed by the caller
     * @throws ProtectorException KEY_MISSING if the TPM has another one; the message says what happened
     */
    LoadedStorageKey find(TpmIdentity identity) throws TpmException, ProtectorException {
        byte[] name = HEX.parseHex(identity.parent());
        Optional<StorageKey> persistent = persistent();
        if (persistent.isPresent() && persistent.get().isNamed(name)) {
            return persistent(persistent.get());
        }
        LoadedStorageKey primary = tpm.createPrimary(Hierarchy.STORAGE);
        if (primary.key().isNamed(name)) {
            return primary;
        }
        primary.close();
        throw another(identity, HEX.formatHex(primary.key().name()));
    }

    /**
     * What tells this TPM from others.
     *
     * @param parent the storage key that is used
     */
    TpmIdentity identity(StorageKey parent) throws TpmException {
        String primary;
        try (LoadedStorageKey key = tpm.createPrimary(Hierarchy.STORAGE)) {
            primary = HEX.formatHex(key.key().name());
        }
        return new TpmIdentity(HEX.formatHex(parent.name()), primary, endorsement());
    }

    private Optional<StorageKey> persistent() throws TpmException {
        Optional<byte[]> area = tpm.publicArea(PERSISTENT);
        return area.isPresent() ? StorageKey.parse(area.get()) : Optional.empty();
    }

    private LoadedStorageKey persistent(StorageKey key) {
        return new LoadedStorageKey(TpmObject.persistent(tpm, PERSISTENT, key.name()), key);
    }

    private Optional<String> endorsement() throws TpmException {
        try (LoadedStorageKey key = tpm.createPrimary(Hierarchy.ENDORSEMENT)) {
            return Optional.of(HEX.formatHex(key.key().name()));
        } catch (TpmException e) {
            if (e.is(ResponseCode.AUTH_FAIL) || e.is(ResponseCode.BAD_AUTH) || e.is(ResponseCode.HIERARCHY)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private ProtectorException another(TpmIdentity identity, String primary) throws TpmException {
        if (primary.equals(identity.primary())) {
            return missing(
                    "the TPM's storage key at 0x81000001 was replaced or removed since the file key was sealed",
                    "Put the former key back there if you can; else unlock with another protector, and run ecryptfs-key"
                            + " rebind.");
        }
        String unlock = "Unlock with another protector, and run ecryptfs-key rebind.";
        Optional<String> endorsement = endorsement();
        if (endorsement.isEmpty() || identity.endorsement().isEmpty()) {
            return missing("the file key was sealed by another TPM, or by this one before it was cleared", unlock);
        }
        return endorsement.equals(identity.endorsement())
                ? missing("the TPM was cleared since the file key was sealed", unlock)
                : missing(
                        "the file key was sealed by another TPM than that of this machine",
                        "Attach the disk to its own machine. " + unlock);
    }

    private static ProtectorException missing(String message, String advice) {
        return new ProtectorException(Reason.KEY_MISSING, message, advice);
    }

    private static ProtectorException unsuitable(String why) {
        return new ProtectorException(
                Reason.NOT_READY,
                "the key at 0x81000001 of the TPM " + why,
                "If nothing else uses it, remove it with tpm2_evictcontrol -c 0x81000001: the TPM then makes its standard"
                        + " storage key.");
    }
}
