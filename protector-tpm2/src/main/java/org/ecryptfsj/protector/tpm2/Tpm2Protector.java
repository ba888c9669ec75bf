package org.ecryptfsj.protector.tpm2;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
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
import org.ecryptfsj.protector.tpm2.Tpm.SessionType;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;

/**
 * A TPM 2.0, type {@code tpm2} (docs/spec/key-file.md, section 10): the file key is sealed under the TPM's storage key, and unsealed
 * only while PCRs have the values that they had then, and, if wished, only with a PIN.
 *
 * <p>Nothing stays in the TPM: what it sealed is in the key file. The TPM is that of {@code TPM2TOOLS_TCTI} or {@code TSS2_TCTI}, by
 * default {@code /dev/tpmrm0}.
 */
public final class Tpm2Protector implements Protector {
    private static final String TYPE = "tpm2";
    private static final Duration OPERATION_LIMIT = Duration.ofSeconds(60);
    private static final Duration STATE_LIMIT = Duration.ofSeconds(10);

    private final Map<String, String> environment;
    private final PcrFiles pcrFiles;
    private final Function<TpmAddress, Optional<EventLog>> eventLogs;

    /** A protector with the settings of this process. */
    public Tpm2Protector() {
        this(System.getenv(), Path.of("/sys/class/tpm"));
    }

    /**
     * @param environment with the address of the TPM
     * @param classDirectory where the kernel shows PCRs
     */
    Tpm2Protector(Map<String, String> environment, Path classDirectory) {
        this(environment, classDirectory, new EventLogFile(Path.of("/sys/kernel/security"))::read);
    }

    /**
     * @param environment with the address of the TPM
     * @param classDirectory where the kernel shows PCRs
     * @param eventLogs the firmware's event log of the TPM at an address, if there is one
     */
    Tpm2Protector(
            Map<String, String> environment, Path classDirectory, Function<TpmAddress, Optional<EventLog>> eventLogs) {
        this.environment = Map.copyOf(environment);
        this.pcrFiles = new PcrFiles(classDirectory);
        this.eventLogs = eventLogs;
    }

    /** Something that is done with the TPM. */
    @FunctionalInterface
    private interface Task<T> {
        T run(Tpm tpm) throws TpmException, ProtectorException;
    }

    @Override
    public String type() {
        return TYPE;
    }

    /**
     * {@code tpm2_pcr}, numbers of PCRs, separated by commas or given one by one; {@code tpm2_bank}, their bank: sha1, sha256 (the
     * default), sha384 or sha512; {@code tpm2_auth}, {@code pin} for a PIN, which is asked for, or {@code none};
     * {@code tpm2_recheck}: how often the PCRs are read while the mount key is in use, 1 to 3600 seconds.
     */
    @Override
    public List<Parameter> parameters() {
        return SealingRequest.PARAMETERS;
    }

    @Override
    public Interaction interaction(JsonObject fields) throws MalformedFieldException {
        return Tpm2ProtectorFields.of(fields).policy().pin() ? Interaction.OWN_QUESTION : Interaction.NONE;
    }

    /**
     * Seals a file key.
     *
     * @throws ProtectorException BAD_PARAMETER, also for PCRs that nothing was measured into; UNAVAILABLE, NOT_READY, NO_ANSWER
     */
    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException {
        SealingRequest request = SealingRequest.of(values);
        SortedMap<Integer, String> pcrs =
                withTpm(OPERATION_LIMIT, tpm -> MeasuredPcrs.toBindTo(tpm, request.selection()));
        SealingPolicy policy = new SealingPolicy(request.selection().bank(), pcrs, request.pin());
        try (Secret pin = request.pin() ? Pins.askNew(context, prompter) : Secret.allocate(0)) {
            return withTpm(OPERATION_LIMIT, tpm -> seal(tpm, fileKey, context, policy, request.recheck(), pin));
        }
    }

    private Protection seal(
            Tpm tpm, Secret fileKey, ProtectorContext context, SealingPolicy policy, Duration recheck, Secret pin)
            throws TpmException, ProtectorException {
        StorageKeys storageKeys = new StorageKeys(tpm);
        try (LoadedStorageKey parent = storageKeys.forSealing();
                Secret none = Secret.allocate(0);
                TpmSession session = tpm.startSession(SessionType.HMAC, parent, none)) {
            Tpm2ProtectorFields fields = new Tpm2ProtectorFields(storageKeys.identity(parent.key()), policy, recheck);
            Optional<KeptEvents> events =
                    policy.pcrs().isEmpty() ? Optional.empty() : eventLog().map(log -> KeptEvents.of(log, policy));
            JsonObject parameters = with(events, fields.json());
            try (Secret payload = FileKeyPayload.of(fileKey, context.associated(TYPE, parameters))) {
                SealedObject sealed = tpm.seal(parent, session, policy, pin, payload);
                if (!sealed.isFor(policy)) {
                    throw TpmException.malformed("it sealed with another policy");
                }
                return Protection.of(with(events, fields.json(sealed)));
            }
        }
    }

    private static JsonObject with(Optional<KeptEvents> events, JsonObject fields) {
        return events.map(kept -> kept.in(fields)).orElse(fields);
    }

    private Optional<EventLog> eventLog() throws TpmException {
        return eventLogs.apply(TpmAddress.of(environment));
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        SealedFileKey sealed = sealed(fields);
        byte[] associated = context.associated(TYPE, Tpm2ProtectorFields.parameters(fields));
        try (Secret pin = pin(sealed, context, prompter);
                Secret payload = withTpm(OPERATION_LIMIT, tpm -> sealed.unseal(tpm, pin))) {
            return FileKeyPayload.fileKey(payload, associated)
                    .orElseThrow(() -> new ProtectorException(
                            Reason.DAMAGED,
                            "the sealed file key belongs to another key file or was changed",
                            "Restore the key file from a backup."));
        }
    }

    /** Asked for only if nothing else is in the way: a wrong PIN counts, and a right one must not be wasted. */
    private Secret pin(SealedFileKey sealed, ProtectorContext context, Prompter prompter) throws ProtectorException {
        if (!sealed.fields().policy().pin()) {
            return Secret.allocate(0);
        }
        LockoutState lockout = withTpm(OPERATION_LIMIT, tpm -> {
            sealed.requireUsable(tpm);
            return LockoutState.of(tpm);
        });
        return Pins.ask(context, lockout, prompter);
    }

    /** Compares the TPM, its state and its PCRs with what was sealed, and loads that; nothing is unsealed. */
    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        SealedFileKey sealed = sealed(fields);
        try {
            withTpm(STATE_LIMIT, tpm -> {
                sealed.requireUsable(tpm);
                return sealed;
            });
            return ProtectorState.usable(sealed.binding());
        } catch (ProtectorException e) {
            return ProtectorState.unusable(sealed.binding(), e);
        }
    }

    @Override
    public Optional<ParameterValues> rebindingValues(JsonObject fields) throws MalformedFieldException {
        Tpm2ProtectorFields read = Tpm2ProtectorFields.of(fields);
        return read.policy().pcrs().isEmpty() ? Optional.empty() : Optional.of(SealingRequest.valuesFor(read));
    }

    @Override
    public Optional<RegisterBinding> binding(JsonObject fields) throws MalformedFieldException {
        Tpm2ProtectorFields read = Tpm2ProtectorFields.of(fields);
        return read.policy().pcrs().isEmpty()
                ? Optional.empty()
                : Optional.of(new RegisterBinding(read.policy().pcrs(), read.recheck()));
    }

    /** Of the bank {@code sha256}. */
    @Override
    public Map<Integer, String> registers(Set<Integer> numbers) throws ProtectorException {
        return read(PcrBank.SHA256, numbers);
    }

    @Override
    public Map<Integer, String> registers(Map<Integer, String> bound) throws ProtectorException {
        int digits = bound.values().stream().mapToInt(String::length).max().orElse(0);
        return read(PcrBank.ofDigits(digits).orElse(PcrBank.SHA256), bound.keySet());
    }

    private Map<Integer, String> read(PcrBank bank, Set<Integer> numbers) throws ProtectorException {
        for (int number : numbers) {
            if (number < 0 || number > PcrSelection.MAX_PCR) {
                throw new ProtectorException(
                        Reason.BAD_PARAMETER,
                        number + " is no number of a PCR from 0 to " + PcrSelection.MAX_PCR,
                        "Correct it.");
            }
        }
        try {
            Optional<SortedMap<Integer, String>> shown = pcrFiles.read(TpmAddress.of(environment), bank, numbers);
            return shown.isPresent()
                    ? shown.get()
                    : withTpm(STATE_LIMIT, tpm -> tpm.readPcrs(PcrSelection.of(bank, numbers)));
        } catch (TpmException e) {
            throw TpmFailures.of(e);
        }
    }

    private SealedFileKey sealed(JsonObject fields) throws MalformedFieldException {
        Tpm2ProtectorFields read = Tpm2ProtectorFields.of(fields);
        Optional<KeptEvents> events = KeptEvents.of(fields, read.policy().bank());
        return new SealedFileKey(read, read.sealed(fields), new PcrChanges(events, this::eventLog));
    }

    private <T> T withTpm(Duration limit, Task<T> task) throws ProtectorException {
        try (Tpm tpm = Tpm.connect(TpmAddress.of(environment), limit)) {
            return task.run(tpm);
        } catch (TpmException e) {
            throw TpmFailures.of(e);
        } catch (LibcryptoMissingException e) {
            throw new ProtectorException(
                    Reason.UNAVAILABLE, e.getMessage(), "Install OpenSSL's libcrypto (package libssl3).", e);
        }
    }
}
