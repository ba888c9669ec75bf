package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.protector.FileKeyPayload;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.RegisterBinding;

/**
 * A TPM 1.2 key, type {@code tspi} (docs/spec/key-file.md, section 8): the file key is sealed as a file's key is in direct mode,
 * with a TPM key that works only while the PCRs have the values that they had when that key was made.
 *
 * <p>The TPM key is made by {@link #protect}, or given by {@code tspi_uuid}. It stays in the user's key storage when the
 * protector is removed from the key file or bound again, because older copies of the key file, and other key files, may need it.
 * To bind again always makes a new TPM key: the old one cannot be bound to other values.
 *
 * <p>The storage root key's secret is configured as {@link SrkSecret} describes.
 */
public final class TspiProtector implements Protector {
    private static final String TYPE = "tspi";
    private static final String PCR_PARAMETER = "tspi_pcr";
    private static final String RECHECK_PARAMETER = "tspi_recheck";
    private static final String DEFAULT_RECHECK = "5";
    private static final Duration GENERATION_LIMIT = Duration.ofMinutes(5);
    private static final Duration OPERATION_LIMIT = Duration.ofSeconds(30);
    private static final Duration REMOVAL_LIMIT = Duration.ofSeconds(5);
    /** A chip takes seconds to load a key and to test it. */
    private static final Duration STATE_LIMIT = Duration.ofSeconds(10);

    /**
     * What the sealed bytes are longer than the payload before they are encrypted: 42 bytes of OAEP with SHA-1, and 65 of a
     * TPM_SEALED_DATA (TPM 1.2, structures: type, secret, proof, digest, size).
     */
    private static final int SEALING_OVERHEAD = 42 + 65;

    private static final List<Parameter> PARAMETERS = List.of(
            Parameter.optional(TpmSession.UUID_PARAMETER),
            Parameter.optional(PCR_PARAMETER).repeated(),
            Parameter.optional(RECHECK_PARAMETER).withDefault(DEFAULT_RECHECK));

    private final OnFirstUse<TpmExecutor> executor;

    /** A protector with this process's configuration. */
    public TspiProtector() {
        this(TspiSettings::ofThisProcess);
    }

    TspiProtector(Supplier<TspiSettings> settings) {
        executor = new OnFirstUse<>(() -> TpmExecutor.of(settings.get()));
    }

    @Override
    public String type() {
        return TYPE;
    }

    /**
     * {@code tspi_uuid}, a TPM key that exists; or {@code tspi_pcr}, numbers of PCRs, separated by commas or given one by one,
     * to which a new TPM key is bound; without both a new one is bound to no PCRs. {@code tspi_recheck}: how often the PCRs are
     * read while the mount key is in use, 1 to 3600 seconds.
     */
    @Override
    public List<Parameter> parameters() {
        return PARAMETERS;
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.NONE;
    }

    /**
     * Seals a file key with a TPM key, which is made on the way unless it is given.
     *
     * @throws ProtectorException BAD_PARAMETER, KEY_MISSING, UNAVAILABLE, NOT_READY; STATE_CHANGED if the given TPM key does
     *     not work in the machine's present state
     */
    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException {
        try {
            Duration recheck = recheck(values.text(RECHECK_PARAMETER).orElse(DEFAULT_RECHECK));
            Optional<String> given = values.text(TpmSession.UUID_PARAMETER);
            SortedSet<Integer> registers = registers(values.texts(PCR_PARAMETER));
            if (given.isEmpty()) {
                return protectWithNewKey(fileKey, context, registers, recheck);
            }
            if (!registers.isEmpty()) {
                throw badParameter(
                        PCR_PARAMETER + " was given with " + TpmSession.UUID_PARAMETER,
                        "Give one of them: a TPM key that exists is bound to its own PCRs.");
            }
            return protect(fileKey, context, KeyUuid.parse(TpmSession.UUID_PARAMETER, given.get()), recheck);
        } catch (KeyModuleException e) {
            throw failure(e);
        }
    }

    private Protection protectWithNewKey(
            Secret fileKey, ProtectorContext context, SortedSet<Integer> registers, Duration recheck)
            throws KeyModuleException, ProtectorException {
        KeyUuid key = new KeyUuid(executor.get()
                .run(new TpmTask.Generate(registers, Optional.empty()), GENERATION_LIMIT)
                .value());
        try {
            return protect(fileKey, context, key, recheck);
        } catch (KeyModuleException | ProtectorException | RuntimeException e) {
            remove(key, e);
            throw e;
        }
    }

    /** Also if this thread is interrupted, so that no TPM key stays that nothing uses. */
    private void remove(KeyUuid key, Exception why) {
        boolean interrupted = Thread.interrupted();
        try {
            executor.get().run(new TpmTask.Remove(key), REMOVAL_LIMIT);
        } catch (KeyModuleException e) {
            why.addSuppressed(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Protection protect(Secret fileKey, ProtectorContext context, KeyUuid key, Duration recheck)
            throws KeyModuleException, ProtectorException {
        SortedMap<Integer, String> pcrs = executor.get().run(new TpmTask.RequireUsable(key), OPERATION_LIMIT);
        if (!pcrs.isEmpty() && pcrs.lastKey() > TspiProtectorFields.MAX_PCR) {
            throw badParameter(
                    "TPM key " + key + " is bound to PCR " + pcrs.lastKey()
                            + ", but the largest number in a key file is " + TspiProtectorFields.MAX_PCR,
                    "Use a TPM key that is bound to other PCRs.");
        }
        requireCapacity(key);
        JsonObject parameters = new TspiProtectorFields(key, pcrs, recheck).json();
        try (Secret payload = FileKeyPayload.of(fileKey, Digest.SHA256.of(context.associated(TYPE, parameters)))) {
            byte[] sealed = executor.get()
                    .run(new TpmTask.ThenDisconnect<>(new TpmTask.Seal(key, payload.copy())), OPERATION_LIMIT);
            return Protection.of(parameters.with(TspiProtectorFields.SEALED, sealed));
        }
    }

    private void requireCapacity(KeyUuid key) throws KeyModuleException, ProtectorException {
        int modulus = executor.get().run(new TpmTask.Modulus(key), OPERATION_LIMIT).length;
        if (modulus < SEALING_OVERHEAD + FileKeyPayload.BYTES) {
            throw badParameter(
                    "TPM key " + key + " has " + modulus * Byte.SIZE + " bits, too few to seal the file key",
                    "Use a key of 2048 bits, as ecryptfs-generate-tpm-key makes.");
        }
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        TspiProtectorFields read = TspiProtectorFields.of(fields);
        SealedBlob sealed = TspiProtectorFields.sealed(fields);
        byte[] associated = context.associated(TYPE, fields.without(TspiProtectorFields.SEALED));
        try (Secret payload = executor.get()
                .run(new TpmTask.ThenDisconnect<>(new TpmTask.Unseal(read.key(), sealed)), OPERATION_LIMIT)) {
            return FileKeyPayload.fileKey(payload, Digest.SHA256.of(associated))
                    .orElseThrow(() -> damaged("belongs to another key file or was changed", null));
        } catch (KeyModuleException e) {
            throw unsealFailure(e, read);
        }
    }

    /**
     * Loads the TPM key and compares PCRs; nothing is unsealed. This needs the storage root key's secret, which is not tried
     * again in this process if it was wrong.
     */
    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        TspiProtectorFields read = TspiProtectorFields.of(fields);
        TspiProtectorFields.sealed(fields);
        try {
            requireUsable(read);
            return ProtectorState.usable(read.binding());
        } catch (ProtectorException e) {
            return ProtectorState.unusable(read.binding(), e);
        }
    }

    private void requireUsable(TspiProtectorFields read) throws ProtectorException {
        try {
            executor.get().run(new TpmTask.RequireUsable(read.key()), STATE_LIMIT);
        } catch (KeyModuleException e) {
            throw unsealFailure(e, read);
        }
        List<Integer> changed = changed(read);
        if (!changed.isEmpty()) {
            throw stateChanged(read, changed);
        }
    }

    @Override
    public Optional<ParameterValues> rebindingValues(JsonObject fields) throws MalformedFieldException {
        TspiProtectorFields read = TspiProtectorFields.of(fields);
        if (read.pcrs().isEmpty()) {
            return Optional.empty();
        }
        ParameterValues values = new ParameterValues();
        read.pcrs().keySet().forEach(pcr -> values.add(PCR_PARAMETER, pcr.toString()));
        return Optional.of(
                values.add(RECHECK_PARAMETER, String.valueOf(read.recheck().toSeconds())));
    }

    @Override
    public Optional<RegisterBinding> binding(JsonObject fields) throws MalformedFieldException {
        TspiProtectorFields read = TspiProtectorFields.of(fields);
        return read.pcrs().isEmpty() ? Optional.empty() : Optional.of(new RegisterBinding(read.pcrs(), read.recheck()));
    }

    @Override
    public Map<Integer, String> registers(Set<Integer> numbers) throws ProtectorException {
        try {
            return executor.get().run(new TpmTask.ReadPcrs(Set.copyOf(numbers)), STATE_LIMIT);
        } catch (KeyModuleException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        executor.ifUsed().ifPresent(TpmExecutor::close);
    }

    /** The PCRs whose present values are not those of the fields. */
    private List<Integer> changed(TspiProtectorFields read) throws ProtectorException {
        Map<Integer, String> now = registers(read.pcrs().keySet());
        return read.pcrs().keySet().stream()
                .filter(pcr -> !Objects.equals(read.pcrs().get(pcr), now.get(pcr)))
                .toList();
    }

    private ProtectorException unsealFailure(KeyModuleException e, TspiProtectorFields read) {
        return switch (e.reason()) {
            case BAD_DATA -> damaged("was not sealed with TPM key " + read.key(), e);
            case WRONG_PCR_STATE -> stateChanged(e, read);
            default -> failure(e);
        };
    }

    private ProtectorException stateChanged(KeyModuleException refusal, TspiProtectorFields read) {
        ProtectorException unnamed = failure(refusal);
        try {
            List<Integer> changed = changed(read);
            return changed.isEmpty() ? unnamed : stateChanged(read, changed);
        } catch (ProtectorException e) {
            unnamed.addSuppressed(e);
            return unnamed;
        }
    }

    private static ProtectorException stateChanged(TspiProtectorFields read, List<Integer> changed) {
        return ProtectorException.stateChanged(
                changed,
                TspiErrorMessages.pcrNames(changed) + (changed.size() == 1 ? " has" : " have")
                        + " another value than when the file key was sealed with TPM key " + read.key(),
                "Boot the trusted configuration; or unlock with another protector, and run ecryptfs-key rebind.");
    }

    private static ProtectorException failure(KeyModuleException e) {
        Reason reason =
                switch (e.reason()) {
                    case KEY_NOT_FOUND, KEY_UNUSABLE -> Reason.KEY_MISSING;
                    case SERVICE_UNAVAILABLE, BUSY -> Reason.UNAVAILABLE;
                    case TIMED_OUT -> Thread.currentThread().isInterrupted() ? Reason.TIMED_OUT : Reason.UNAVAILABLE;
                    case NOT_READY, AUTHENTICATION -> Reason.NOT_READY;
                    case BAD_DATA -> Reason.DAMAGED;
                    case BAD_PARAMETER -> Reason.BAD_PARAMETER;
                    case WRONG_PCR_STATE -> Reason.STATE_CHANGED;
                    case UNSUPPORTED, FAILED -> Reason.FAILED;
                };
        return ProtectorException.of(reason, e);
    }

    private static ProtectorException damaged(String why, KeyModuleException cause) {
        return new ProtectorException(
                Reason.DAMAGED, "the sealed file key " + why, "Restore the key file from a backup.", cause);
    }

    private static SortedSet<Integer> registers(List<String> texts) throws KeyModuleException {
        return TspiKeyGenerator.registers(
                texts.stream().flatMap(text -> Stream.of(text.split(",", -1))).toList());
    }

    private static Duration recheck(String text) throws ProtectorException {
        int seconds = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (seconds < 1 || seconds > TspiProtectorFields.MAX_RECHECK) {
            throw badParameter(
                    RECHECK_PARAMETER + "=" + text + " is not a number of seconds from 1 to "
                            + TspiProtectorFields.MAX_RECHECK,
                    "Correct it.");
        }
        return Duration.ofSeconds(seconds);
    }

    private static ProtectorException badParameter(String message, String advice) {
        return new ProtectorException(Reason.BAD_PARAMETER, message, advice);
    }
}
