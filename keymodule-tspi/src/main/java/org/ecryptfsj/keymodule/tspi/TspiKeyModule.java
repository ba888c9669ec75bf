package org.ecryptfsj.keymodule.tspi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.Credential;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;

/**
 * TPM 1.2 keys, alias {@code tspi}: each file key is sealed with a key that the TPM uses only while its PCRs are what they
 * were when the key was made. Files and tokens are those of the C module (spec tspi.md, "The module").
 *
 * <p>Everything happens on one thread, see {@link TpmLane}; libtspi is loaded and tcsd connected on first use. The secret of
 * the storage root key is configured as {@link SrkSecret} describes.
 */
public final class TspiKeyModule implements KeyModule {
    private static final List<Parameter> PARAMETERS =
            List.of(Parameter.asked(TpmSession.UUID_PARAMETER, TpmSession.UUID_PARAMETER, true));

    private final TpmLane lane;

    /** With this process's configuration. */
    public TspiKeyModule() {
        this(TspiSettings.ofThisProcess());
    }

    TspiKeyModule(TspiSettings settings) {
        TpmStatus status = new TpmStatus();
        lane = new TpmLane(new TpmSession(settings, status), status, settings.queue());
    }

    @Override
    public String alias() {
        return "tspi";
    }

    @Override
    public List<Parameter> parameters() {
        return PARAMETERS;
    }

    /**
     * The token of the key that {@code tspi_uuid} names. Needs tcsd, but no TPM operation.
     *
     * @throws KeyModuleException BAD_PARAMETER, KEY_NOT_FOUND, SERVICE_UNAVAILABLE, NOT_READY
     */
    @Override
    public Credential credential(ParameterValues values) throws KeyModuleException {
        String text = values.text(TpmSession.UUID_PARAMETER)
                .orElseThrow(() -> new KeyModuleException(
                        Reason.BAD_PARAMETER,
                        TpmSession.UUID_PARAMETER + " is missing",
                        "Give the UUID that ecryptfs-generate-tpm-key printed."));
        KeyUuid key = KeyUuid.parse(TpmSession.UUID_PARAMETER, text);
        byte[] modulus = lane.run(new TpmTask.Modulus(key));
        return new Credential.ModuleKey(RsaFingerprint.of(modulus), key.blob());
    }

    /** One TPM operation; the first use of a key takes one more to load it. */
    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        return lane.run(new TpmTask.Seal(KeyUuid.ofBlob(blob), payload.copy()));
    }

    /** One TPM operation; the first use of a key takes one more to load it. */
    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        return lane.run(new TpmTask.Unseal(KeyUuid.ofBlob(blob), SealedBlob.of(encryptedKey)));
    }

    @Override
    public Optional<KeyGenerator> generator() {
        return Optional.of(new TspiKeyGenerator(lane));
    }

    /** Loads libtspi and connects to tcsd, which takes the first request's greater part. */
    @Override
    public void warmUp() throws KeyModuleException {
        lane.run(new TpmTask.Connect());
    }

    /** Drops the context, the loaded keys, and what was learned about the SRK's secret. */
    @Override
    public void lock() {
        lane.forget();
    }

    @Override
    public Map<String, String> status() {
        return lane.describe();
    }

    @Override
    public void close() {
        lane.close();
    }
}
