package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.SingleFlight;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keymodule.tspi.envelope.KekCache;
import org.ecryptfsj.keymodule.tspi.envelope.KekPolicy;

/**
 * TPM 1.2 keys, alias {@code tspi}: each file key is sealed with a key that the TPM uses only while its PCRs have the values that
 * they had when the key was created. Files and tokens have the C module's formats (docs/spec/tspi.md, section 3); in envelope mode
 * the TPM seals one key encryption key (KEK), which encrypts the files' keys in software.
 *
 * <p>All operations of the TPM run on one thread, see {@link TpmExecutor}; libtspi is loaded and tcsd connected on first use. The secret of
 * the storage root key is configured as {@link SrkSecret} describes.
 */
public final class TspiKeyModule implements KeyModule {
    private static final String MODE = "tspi_mode";
    private static final String KEK_IDLE = "kek_idle";
    private static final String KEK_RECHECK = "kek_recheck";

    private static final List<Parameter> PARAMETERS = List.of(
            Parameter.asked(TpmSession.UUID_PARAMETER, TpmSession.UUID_PARAMETER, true),
            Parameter.optional(MODE).withDefault(TspiMode.DIRECT.optionValue()),
            Parameter.optional(KEK_IDLE)
                    .withDefault(String.valueOf(KekPolicy.DEFAULT.idle().toSeconds())),
            Parameter.optional(KEK_RECHECK)
                    .withDefault(String.valueOf(KekPolicy.DEFAULT.recheck().toSeconds())));

    private final OnFirstUse<Tpm> tpm;
    private final SingleFlight<UnsealRequest, Secret> unseals = SingleFlight.ofSecrets("the TPM");

    /** A module with this process's configuration. */
    public TspiKeyModule() {
        this(TspiSettings::ofThisProcess);
    }

    TspiKeyModule(Supplier<TspiSettings> settings) {
        tpm = new OnFirstUse<>(() -> Tpm.of(settings.get()));
    }

    /** What works with the TPM. */
    private record Tpm(TpmExecutor executor, KekCache keks) implements AutoCloseable {
        static Tpm of(TspiSettings settings) {
            return new Tpm(TpmExecutor.of(settings), new KekCache(settings.keks()));
        }

        @Override
        public void close() {
            keks.close();
            executor.close();
        }
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
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        String text = values.text(TpmSession.UUID_PARAMETER)
                .orElseThrow(() -> new KeyModuleException(
                        Reason.BAD_PARAMETER,
                        TpmSession.UUID_PARAMETER + " is missing",
                        "Give the UUID that ecryptfs-generate-tpm-key printed."));
        KeyUuid key = KeyUuid.parse(TpmSession.UUID_PARAMETER, text);
        TspiBlob blob = new TspiBlob(key, mode(values), policy(values));
        byte[] modulus = tpm.get().executor().run(new TpmTask.Modulus(key));
        return new TokenContents.ModuleKey(RsaFingerprint.of(modulus), blob.blob());
    }

    /** In direct mode one TPM operation; in envelope mode none, once the key's KEK is unsealed. */
    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        TspiBlob token = TspiBlob.of(blob);
        return token.mode() == TspiMode.ENVELOPE
                ? tpm.get().keks().wrap(sealingKey(token), token.policy(), payload)
                : tpm.get().executor().run(new TpmTask.Seal(token.key(), payload.copy()));
    }

    @Override
    public Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) throws KeyModuleException {
        TspiBlob token = TspiBlob.of(blob);
        return token.mode() == TspiMode.ENVELOPE
                ? tpm.get().keks().wrapAtOnce(sealingKey(token), token.policy(), payload)
                : Optional.empty();
    }

    /** Reads files of both modes, independent of the token's mode. */
    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        TspiBlob token = TspiBlob.of(blob);
        return KekCache.isEnvelope(encryptedKey)
                ? tpm.get().keks().unwrap(sealingKey(token), token.policy(), encryptedKey)
                : unseals.run(
                        new UnsealRequest(token.key(), encryptedKey),
                        () -> tpm.get().executor().run(new TpmTask.Unseal(token.key(), SealedBlob.of(encryptedKey))));
    }

    @Override
    public Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        if (!KekCache.isEnvelope(encryptedKey)) {
            return Optional.empty();
        }
        TspiBlob token = TspiBlob.of(blob);
        return tpm.get().keks().unwrapAtOnce(sealingKey(token), token.policy(), encryptedKey);
    }

    private TpmSealingKey sealingKey(TspiBlob token) {
        return new TpmSealingKey(tpm.get().executor(), token.key());
    }

    private static TspiMode mode(ParameterValues values) throws KeyModuleException {
        String optionValue = values.text(MODE).orElse(TspiMode.DIRECT.optionValue());
        return TspiMode.byName(optionValue)
                .orElseThrow(() -> new KeyModuleException(
                        Reason.BAD_PARAMETER, MODE + "=" + optionValue + " is not a mode", "Use direct or envelope."));
    }

    private static KekPolicy policy(ParameterValues values) throws KeyModuleException {
        try {
            return new KekPolicy(
                    seconds(values, KEK_IDLE, KekPolicy.DEFAULT.idle()),
                    seconds(values, KEK_RECHECK, KekPolicy.DEFAULT.recheck()));
        } catch (IllegalArgumentException e) {
            throw new KeyModuleException(Reason.BAD_PARAMETER, e.getMessage(), "Correct the option.", 0, e);
        }
    }

    private static Duration seconds(ParameterValues values, String name, Duration otherwise) {
        Optional<String> text = values.text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        if (!text.get().matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(name + "=" + text.get() + " is not a number of seconds");
        }
        return Duration.ofSeconds(Integer.parseInt(text.get()));
    }

    @Override
    public Optional<KeyGenerator> generator() {
        return Optional.of(new TspiKeyGenerator(tpm.get().executor()));
    }

    @Override
    public Optional<KeyDevice> device() {
        return Optional.of(new TpmDevice(tpm.get().executor()));
    }

    /** Warms up the envelope code, loads libtspi and connects to tcsd, which takes most of the first request's time. */
    @Override
    public void warmUp() throws KeyModuleException {
        tpm.get().keks().warmUp();
        tpm.get().executor().run(new TpmTask.Connect());
    }

    /** Wipes the KEKs, closes the context with the loaded keys, and clears what is known of the SRK's secret. */
    @Override
    public void lock() {
        tpm.ifUsed().ifPresent(used -> {
            used.keks().clear();
            used.executor().reset();
        });
    }

    @Override
    public Map<String, String> status() {
        Map<String, String> all = new LinkedHashMap<>(tpm.get().executor().describe());
        all.putAll(tpm.get().keks().status());
        return all;
    }

    @Override
    public void close() {
        tpm.ifUsed().ifPresent(Tpm::close);
    }
}
