package org.ecryptfsj.keymodule.tspi;

import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.LibTspi.Tspi;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;

/**
 * The connection to the TPM: a context, created on first use, that keeps its loaded keys. An operation that fails because the
 * context is stale, after a restart of tcsd or an eviction of the keys, is repeated once with a new context. Used by the
 * executor's thread only.
 */
final class TpmSession {
    static final String UUID_PARAMETER = "tspi_uuid";

    /** TPMs of version 1.2 have 3 to about 20 key slots, and evict other programs' keys when they are full. */
    static final int MAX_LOADED_KEYS = 8;

    private final Optional<String> srkSetting;
    private final UserKeyStorage storage;
    private final Optional<TcsdKeyStorage> tcsdStorage;
    private final TspiErrorMessages failures;
    private final TpmStatus status;
    private final Map<KeyUuid, Integer> keys = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<KeyUuid, Optional<PcrBinding>> bindings = new HashMap<>();
    private Optional<Tspi> library = Optional.empty();
    private Optional<TspiContext> context = Optional.empty();
    private Optional<SrkSecret> rightSecret = Optional.empty();
    private Map<SrkSecret, Optional<FileTime>> wrongSecrets = Map.of();

    TpmSession(TspiSettings settings, TpmStatus status) {
        this.srkSetting = settings.srkSecret();
        this.storage = settings.storage();
        this.tcsdStorage = settings.tcsdStorage();
        this.failures = new TspiErrorMessages(storage, tcsdStorage);
        this.status = status;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run(TspiContext tss) throws TspiException, KeyModuleException;
    }

    /** Loads the library and connects to tcsd, unless already connected. */
    void connect() throws KeyModuleException {
        try {
            withContext(tss -> true);
        } catch (TspiException e) {
            throw failures.explain(FailureContext.CONNECT, e);
        }
    }

    byte[] seal(KeyUuid key, Secret payload) throws KeyModuleException {
        return withKey(key, tss -> tss.seal(loaded(tss, key), payload));
    }

    /** The result is closed by the caller. */
    Secret unseal(KeyUuid key, SealedBlob sealed) throws KeyModuleException {
        return withKey(key, tss -> tss.unseal(loaded(tss, key), sealed));
    }

    byte[] modulus(KeyUuid key) throws KeyModuleException {
        return withKey(key, tss -> {
            Integer loaded = keys.get(key);
            if (loaded != null) {
                return tss.modulus(loaded);
            }
            requireValidStorage(FailureContext.useOfKey(key));
            int found = tss.findKey(key);
            try {
                return tss.modulus(found);
            } finally {
                tss.closeObject(found);
            }
        });
    }

    /** Whether the PCRs have the values that a key is bound to. */
    boolean isStateTrusted(KeyUuid key) throws KeyModuleException {
        return withKey(key, tss -> {
            Optional<PcrBinding> binding = binding(tss, key);
            return binding.isEmpty() || binding.get().compositeNeeded().equals(compositeNow(tss, binding.get()));
        });
    }

    /**
     * Loads a key, and checks that the PCRs have the values it is bound to.
     *
     * @return these values in lowercase hex digits, by number
     */
    SortedMap<Integer, String> requireUsable(KeyUuid key) throws KeyModuleException {
        return withKey(key, tss -> {
            loaded(tss, key);
            Optional<PcrBinding> binding = binding(tss, key);
            SortedMap<Integer, byte[]> values =
                    read(tss, binding.map(PcrBinding::registers).orElse(List.of()));
            if (binding.isPresent()) {
                String composite = binding.get().compositeOf(List.copyOf(values.values()));
                if (!binding.get().compositeNeeded().equals(composite)) {
                    throw TspiErrorMessages.changedPcrs(FailureContext.useOfKey(key), binding.get(), composite);
                }
            }
            return hex(values);
        });
    }

    /** The TPM's state. It has an owner if tcsd has its SRK. */
    KeyDevice.State state() throws KeyModuleException {
        return examine(tss -> {
            requireValidTcsdStorage(FailureContext.EXAMINE_TPM);
            List<Integer> all = IntStream.range(0, tss.pcrCount()).boxed().toList();
            return new KeyDevice.State(
                    hasSrk(tss), List.copyOf(hex(read(tss, all)).values()));
        });
    }

    /** The present values of PCRs in lowercase hex digits, by number. */
    SortedMap<Integer, String> pcrValues(Set<Integer> registers) throws KeyModuleException {
        return examine(tss -> {
            int count = tss.pcrCount();
            for (int register : registers) {
                requireExists(register, count);
            }
            return hex(read(tss, registers));
        });
    }

    private <T> T examine(Operation<T> operation) throws KeyModuleException {
        try {
            return withContext(operation);
        } catch (TspiException e) {
            throw failures.explain(FailureContext.EXAMINE_TPM, e);
        }
    }

    private boolean hasSrk(TspiContext tss) throws TspiException {
        try {
            requireSrkStored(tss);
            tss.srk();
            return true;
        } catch (TspiException e) {
            if (e.is(TssResult.TSS_E_PS_KEY_NOTFOUND) || e.is(TssResult.TPM_E_NOSRK)) {
                return false;
            }
            throw e;
        }
    }

    private Optional<PcrBinding> binding(TspiContext tss, KeyUuid key) throws TspiException, KeyModuleException {
        Optional<PcrBinding> binding = bindings.get(key);
        if (binding == null) {
            binding = PcrBinding.ofKeyBlob(tss.keyBlob(loaded(tss, key)));
            bindings.put(key, binding);
        }
        return binding;
    }

    private static String compositeNow(TspiContext tss, PcrBinding binding) throws TspiException {
        return binding.compositeOf(List.copyOf(read(tss, binding.registers()).values()));
    }

    private static SortedMap<Integer, byte[]> read(TspiContext tss, Collection<Integer> registers)
            throws TspiException {
        SortedMap<Integer, byte[]> values = new TreeMap<>();
        for (int register : registers) {
            values.put(register, tss.readPcr(register));
        }
        return values;
    }

    private static SortedMap<Integer, String> hex(SortedMap<Integer, byte[]> values) {
        SortedMap<Integer, String> texts = new TreeMap<>();
        values.forEach((register, value) -> texts.put(register, HexFormat.of().formatHex(value)));
        return texts;
    }

    /** Creates a key bound to the present values of these PCRs, and registers it (docs/spec/tspi.md, section 2). */
    GeneratedKey generate(SortedSet<Integer> registers, Optional<KeyUuid> name) throws KeyModuleException {
        try {
            return withContext(tss -> generate(tss, registers, name));
        } catch (TspiException e) {
            throw explainCause(FailureContext.CREATE_KEY, e);
        }
    }

    /** Removes a key whose creator has cancelled. */
    void unregister(GeneratedKey unwanted) throws KeyModuleException {
        unregister(new KeyUuid(unwanted.value()));
    }

    /** Removes a key from the user's key storage. */
    void unregister(KeyUuid key) throws KeyModuleException {
        withKey(key, tss -> {
            Integer loaded = keys.remove(key);
            if (loaded != null) {
                tss.unloadKey(loaded);
            }
            bindings.remove(key);
            requireValidStorage(FailureContext.useOfKey(key));
            tss.unregister(key);
            return true;
        });
    }

    /** Closes the context with the loaded keys, and clears what is known of key bindings and the SRK's secret. */
    void reset() {
        disconnect();
        bindings.clear();
        rightSecret = Optional.empty();
        wrongSecrets = Map.of();
    }

    private <T> T withKey(KeyUuid key, Operation<T> operation) throws KeyModuleException {
        FailureContext context = FailureContext.useOfKey(key);
        try {
            return withContext(operation);
        } catch (TspiException e) {
            throw e.is(TssResult.TPM_E_WRONGPCRVAL) ? wrongPcrs(context, key, e) : explainCause(context, e);
        }
    }

    private <T> T withContext(Operation<T> operation) throws TspiException, KeyModuleException {
        boolean fresh = context.isEmpty();
        try {
            return operation.run(context());
        } catch (TspiException e) {
            if (!e.mayBeStaleContext()) {
                throw e;
            }
            boolean unreachable = fresh && context.isEmpty();
            disconnect();
            if (unreachable) {
                throw e;
            }
        }
        status.contextRebuilt();
        try {
            return operation.run(context());
        } catch (TspiException e) {
            if (e.mayBeStaleContext()) {
                disconnect();
            }
            throw e;
        } finally {
            publish();
        }
    }

    private TspiContext context() throws TspiException, KeyModuleException {
        if (context.isEmpty()) {
            if (library.isEmpty()) {
                library = Optional.of(LibTspi.load());
            }
            context = Optional.of(TspiContext.connect(library.get()));
            publish();
        }
        return context.get();
    }

    /** Closes the context with the loaded keys. */
    void disconnect() {
        keys.clear();
        context.ifPresent(TspiContext::close);
        context = Optional.empty();
        publish();
    }

    private void publish() {
        status.setLoadedKeys(context.isPresent(), List.copyOf(keys.keySet()));
    }

    private int loaded(TspiContext tss, KeyUuid key) throws TspiException, KeyModuleException {
        Integer known = keys.get(key);
        if (known != null) {
            return known;
        }
        if (keys.size() >= MAX_LOADED_KEYS) {
            KeyUuid leastRecentlyUsed = keys.keySet().iterator().next();
            tss.unloadKey(keys.remove(leastRecentlyUsed));
        }
        requireValidStorage(FailureContext.useOfKey(key));
        int loaded = withSrkSecret(tss, () -> tss.loadKey(key));
        keys.put(key, loaded);
        publish();
        return loaded;
    }

    /** Called before libtspi reads the files, see {@link KeyStorageFile}. */
    private void requireValidStorage(FailureContext context) throws KeyModuleException {
        Optional<String> damage = storage.damage();
        if (damage.isPresent()) {
            throw failures.damagedStorage(context, damage.get());
        }
        requireValidTcsdStorage(context);
    }

    private void requireValidTcsdStorage(FailureContext context) throws KeyModuleException {
        Optional<String> damage = tcsdStorage.flatMap(TcsdKeyStorage::damage);
        if (damage.isPresent()) {
            throw failures.tcsdStorageDamaged(context, damage.get());
        }
    }

    /** A tcsd that has removed a damaged SRK from its file returns another key to libtspi. */
    private void requireSrkStored(TspiContext tss) throws TspiException {
        if (tcsdStorage.filter(TcsdKeyStorage::lacksSrk).isPresent()) {
            throw tss.srkNotStored();
        }
    }

    @FunctionalInterface
    private interface SrkUse<T> {
        T run() throws TspiException;
    }

    /** The TPM locks itself after some wrong secrets, so a wrong secret is not tried again unless its file changes. */
    private <T> T withSrkSecret(TspiContext tss, SrkUse<T> use) throws TspiException, KeyModuleException {
        if (!wrongSecrets.isEmpty() && areUnchanged(wrongSecrets)) {
            throw TspiErrorMessages.srkSecretNotTriedAgain(List.copyOf(wrongSecrets.keySet()));
        }
        requireSrkStored(tss);
        Map<SrkSecret, Optional<FileTime>> tried = new LinkedHashMap<>();
        TspiException refusal = null;
        for (SrkSecret secret : secretsInOrder()) {
            Optional<FileTime> changed = secret.changed();
            tss.srkSecret(secret);
            try {
                T result = use.run();
                rightSecret = Optional.of(secret);
                wrongSecrets = Map.of();
                return result;
            } catch (TspiException e) {
                if (!e.is(TssResult.TPM_E_AUTHFAIL)) {
                    throw e;
                }
                refusal = e;
                tried.put(secret, changed);
            }
        }
        wrongSecrets = tried;
        throw failures.wrongSrkSecret(List.copyOf(tried.keySet()), refusal);
    }

    private static boolean areUnchanged(Map<SrkSecret, Optional<FileTime>> secrets) {
        return secrets.entrySet().stream()
                .allMatch(entry -> entry.getKey().changed().equals(entry.getValue()));
    }

    private List<SrkSecret> secretsInOrder() throws KeyModuleException {
        List<SrkSecret> order = new ArrayList<>(SrkSecret.candidates(srkSetting));
        rightSecret.ifPresent(right -> {
            order.remove(right);
            order.add(0, right);
        });
        return order;
    }

    private GeneratedKey generate(TspiContext tss, SortedSet<Integer> registers, Optional<KeyUuid> name)
            throws TspiException, KeyModuleException {
        requireValidStorage(FailureContext.CREATE_KEY);
        int count = tss.pcrCount();
        int pcrs = tss.newPcrs();
        int key = 0;
        try {
            Map<String, String> bindings = new LinkedHashMap<>();
            for (int register : registers) {
                requireExists(register, count);
                byte[] value = tss.readPcr(register);
                tss.addPcr(pcrs, register, value);
                bindings.put("PCR " + register, HexFormat.of().formatHex(value));
            }
            requireSrkStored(tss);
            tss.srk();
            key = tss.newStorageKey();
            int newKey = key;
            withSrkSecret(tss, () -> {
                tss.createKey(newKey, pcrs);
                return true;
            });
            KeyUuid uuid = name.isPresent() ? name.get() : tss.randomUuid();
            tss.register(key, uuid);
            return new GeneratedKey(UUID_PARAMETER, uuid.hex(), bindings);
        } finally {
            if (key != 0) {
                tss.closeObject(key);
            }
            tss.closeObject(pcrs);
        }
    }

    private static void requireExists(int register, int count) throws KeyModuleException {
        if (register < 0 || register >= count) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    register + ": invalid PCR register. PCRs range from 0 - " + (count - 1),
                    "Choose PCRs this TPM has.");
        }
    }

    private KeyModuleException wrongPcrs(FailureContext context, KeyUuid key, TspiException refusal) {
        try {
            TspiContext tss = context();
            Integer loaded = keys.get(key);
            Optional<PcrBinding> binding =
                    loaded == null ? Optional.empty() : PcrBinding.ofKeyBlob(tss.keyBlob(loaded));
            if (binding.isPresent()) {
                return TspiErrorMessages.wrongPcrs(context, binding.get(), compositeNow(tss, binding.get()), refusal);
            }
        } catch (TspiException | KeyModuleException e) {
            refusal.addSuppressed(e);
        }
        return failures.explain(context, refusal);
    }

    /** If tcsd does not find a key there are three possible causes, which are distinguished here. */
    private KeyModuleException explainCause(FailureContext context, TspiException refusal) {
        if (refusal.is(TssResult.TSS_E_PS_KEY_NOTFOUND) && refusal.layer() == Layer.TCS) {
            try {
                TspiContext tss = context();
                if (hasSrk(tss)) {
                    return failures.damagedKey(context, refusal);
                }
                if (tss.hasOwner()) {
                    return failures.srkUnknown(context, refusal);
                }
            } catch (TspiException | KeyModuleException e) {
                refusal.addSuppressed(e);
            }
        }
        return failures.explain(context, refusal);
    }
}
