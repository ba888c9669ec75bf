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
import org.ecryptfsj.libcrypto.Digest;
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
    private final PcrSignatureFiles signatures;
    private final Function<TpmAddress, Optional<EventLog>> eventLogs;

    /** A protector with the settings of this process. */
    public Tpm2Protector() {
        this(
                System.getenv(),
                Path.of("/sys/class/tpm"),
                PcrSignatureFiles.ofThisMachine(),
                new EventLogFile(Path.of("/sys/kernel/security"))::read);
    }

    /**
     * @param environment with the address of the TPM
     * @param classDirectory where the kernel shows PCRs
     * @param signatures of PCR values
     * @param eventLogs the firmware's event log of the TPM at an address, if there is one
     */
    Tpm2Protector(
            Map<String, String> environment,
            Path classDirectory,
            PcrSignatureFiles signatures,
            Function<TpmAddress, Optional<EventLog>> eventLogs) {
        this.environment = Map.copyOf(environment);
        this.pcrFiles = new PcrFiles(classDirectory);
        this.signatures = signatures;
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
     * {@code tpm2_recheck}: how often the PCRs are read while the mount key is in use, 1 to 3600 seconds; {@code tpm2_public_key},
     * a PEM file with the key of those who sign values of PCRs, and {@code tpm2_public_key_pcr}, these PCRs (11 by default);
     * {@code tpm2_boots}, the number of boots after the present one in which alone it opens; {@code tpm2_rebind}, {@code yes} if
     * the other protectors are bound to the machine's state when the key file is mounted in one of them.
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
        SealingPolicy policy = withTpm(OPERATION_LIMIT, tpm -> policy(tpm, request));
        try (Secret pin = request.pin() ? Pins.askNew(context, prompter) : Secret.allocate(0)) {
            return withTpm(OPERATION_LIMIT, tpm -> seal(tpm, fileKey, context, policy, request, pin));
        }
    }

    private static SealingPolicy policy(Tpm tpm, SealingRequest request) throws TpmException, ProtectorException {
        SortedMap<Integer, String> pcrs = MeasuredPcrs.toBindTo(tpm, request.selection());
        if (request.signed().isPresent()) {
            requireUsable(tpm, request.signed().get());
        }
        Optional<ResetWindow> resets =
                request.boots() == 0 ? Optional.empty() : Optional.of(window(tpm.resetCount(), request.boots()));
        return new SealingPolicy(request.selection().bank(), pcrs, request.pin(), request.signed(), resets);
    }

    private static void requireUsable(Tpm tpm, SignedPcrs signed) throws TpmException, ProtectorException {
        MeasuredPcrs.requireAllocated(tpm, signed.selection());
        try {
            tpm.loadPublic(signed.key()).close();
        } catch (TpmException e) {
            if (e.kind() == TpmException.Kind.REFUSED) {
                throw new ProtectorException(
                        Reason.BAD_PARAMETER,
                        "the TPM does not take the public key: " + e.getMessage(),
                        "Sign with an RSA key of 2048 bits, which every TPM 2.0 has.",
                        e);
            }
            throw e;
        }
    }

    private static ResetWindow window(long resets, int boots) throws ProtectorException {
        if (resets > ResetWindow.MOST_RESETS - ResetWindow.MOST_BOOTS) {
            throw new ProtectorException(
                    Reason.NOT_READY, "the TPM counts " + resets + " resets, too many", "Clear the TPM.");
        }
        return new ResetWindow((int) resets, (int) resets + boots);
    }

    private Protection seal(
            Tpm tpm, Secret fileKey, ProtectorContext context, SealingPolicy policy, SealingRequest request, Secret pin)
            throws TpmException, ProtectorException {
        StorageKeys storageKeys = new StorageKeys(tpm);
        try (LoadedStorageKey parent = storageKeys.forSealing();
                Secret none = Secret.allocate(0);
                TpmSession session = tpm.startSession(SessionType.HMAC, parent, none)) {
            Tpm2ProtectorFields fields = new Tpm2ProtectorFields(
                    storageKeys.identity(parent.key()), policy, request.recheck(), request.rebindsOthers());
            Optional<KeptEvents> events =
                    policy.pcrs().isEmpty() ? Optional.empty() : eventLog().map(log -> KeptEvents.of(log, policy));
            JsonObject parameters = with(events, fields.json());
            try (Secret payload = FileKeyPayload.of(fileKey, Digest.SHA256.of(context.associated(TYPE, parameters)))) {
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
            return FileKeyPayload.fileKey(payload, Digest.SHA256.of(associated))
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
        boolean changes =
                !read.policy().pcrs().isEmpty() || read.policy().signed().isPresent();
        return changes && read.policy().resets().isEmpty()
                ? Optional.of(SealingRequest.valuesFor(read))
                : Optional.empty();
    }

    @Override
    public Lifetime lifetime(JsonObject fields) throws MalformedFieldException {
        Tpm2ProtectorFields read = Tpm2ProtectorFields.of(fields);
        if (read.policy().resets().isEmpty()) {
            return Lifetime.PERMANENT;
        }
        return read.rebindsOthers() ? Lifetime.TEMPORARY_THEN_REBIND : Lifetime.TEMPORARY;
    }

    /** A TPM that counts fewer resets is another one, or was cleared: then the protector never opens again. */
    @Override
    public boolean hasBegun(JsonObject fields) throws ProtectorException, MalformedFieldException {
        Optional<ResetWindow> resets = Tpm2ProtectorFields.of(fields).policy().resets();
        return resets.isPresent()
                && withTpm(STATE_LIMIT, tpm -> {
                    long now = tpm.resetCount();
                    return resets.get().hasBegun(now) || now < resets.get().after();
                });
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
        return new SealedFileKey(read, read.sealed(fields), signatures, new PcrChanges(events, this::eventLog));
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
