package org.ecryptfsj.keymodule.tspi;

import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.LibTspi.Tspi;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;

/**
 * The TPM as the lane's thread uses it: a context that is made on first use, keeps the keys it loaded, and is replaced once
 * an operation when it has gone stale, because tcsd was restarted or the keys were evicted. Used by that one thread only.
 */
final class TpmSession {
    static final String UUID_PARAMETER = "tspi_uuid";

    /** TPMs of version 1.2 have from 3 to some 20 slots, and evict keys of others for those who ask later. */
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
        T tss(TspiContext context) throws TspiException, KeyModuleException;
    }

    /** Loads the library and connects to tcsd, if that is not done yet. */
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
            requireSoundStorage(FailureContext.useOfKey(key));
            int found = tss.findKey(key);
            try {
                return tss.modulus(found);
            } finally {
                tss.closeObject(found);
            }
        });
    }

    /** Whether the PCRs a key is bound to have the values it needs. */
    boolean isStateTrusted(KeyUuid key) throws KeyModuleException {
        return withKey(key, tss -> {
            Optional<PcrBinding> binding = binding(tss, key);
            return binding.isEmpty() || binding.get().compositeNeeded().equals(compositeNow(tss, binding.get()));
        });
    }

    /** Loads a key, and looks whether its PCRs have the values it needs. */
    void requireUsable(KeyUuid key) throws KeyModuleException {
        withKey(key, tss -> {
            loaded(tss, key);
            Optional<PcrBinding> binding = binding(tss, key);
            if (binding.isPresent()) {
                String composite = compositeNow(tss, binding.get());
                if (!binding.get().compositeNeeded().equals(composite)) {
                    throw TspiErrorMessages.changedPcrs(FailureContext.useOfKey(key), binding.get(), composite);
                }
            }
            return true;
        });
    }

    /** What the TPM says of itself; whether it has an owner is told by the SRK that tcsd keeps. */
    KeyDevice.State state() throws KeyModuleException {
        try {
            return withContext(tss -> {
                requireSoundStorageOfTcsd(FailureContext.EXAMINE_TPM);
                List<String> values = new ArrayList<>();
                int count = tss.pcrCount();
                for (int register = 0; register < count; register++) {
                    values.add(HexFormat.of().formatHex(tss.readPcr(register)));
                }
                return new KeyDevice.State(hasSrk(tss), values);
            });
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
        List<byte[]> values = new ArrayList<>();
        for (int register : binding.registers()) {
            values.add(tss.readPcr(register));
        }
        return binding.compositeOf(values);
    }

    /** Makes a key bound to these PCRs' present values, and registers it (docs/spec/tspi.md, section 2). */
    GeneratedKey generate(SortedSet<Integer> registers, Optional<KeyUuid> name) throws KeyModuleException {
        try {
            return withContext(tss -> generate(tss, registers, name));
        } catch (TspiException e) {
            throw explainCause(FailureContext.CREATE_KEY, e);
        }
    }

    /** Takes back a key that nobody learned of. */
    void unregister(GeneratedKey unwanted) throws KeyModuleException {
        unregister(new KeyUuid(unwanted.value()));
    }

    /** Takes a key out of the user's storage. */
    void unregister(KeyUuid key) throws KeyModuleException {
        withKey(key, tss -> {
            Integer loaded = keys.remove(key);
            if (loaded != null) {
                tss.unloadKey(loaded);
            }
            bindings.remove(key);
            requireSoundStorage(FailureContext.useOfKey(key));
            tss.unregister(key);
            return true;
        });
    }

    /** Drops the context, the keys, and what was learned about the SRK's secret. */
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
            return operation.tss(context());
        } catch (TspiException e) {
            if (!e.blamesContext()) {
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
            return operation.tss(context());
        } catch (TspiException e) {
            if (e.blamesContext()) {
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

    /** Drops the context and the keys. */
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
            KeyUuid eldest = keys.keySet().iterator().next();
            tss.unloadKey(keys.remove(eldest));
        }
        requireSoundStorage(FailureContext.useOfKey(key));
        int loaded = authorised(tss, () -> tss.loadKey(key));
        keys.put(key, loaded);
        publish();
        return loaded;
    }

    /** Before libtspi reads what is in the files, see {@link KeyStorageFile}. */
    private void requireSoundStorage(FailureContext context) throws KeyModuleException {
        Optional<String> damage = storage.damage();
        if (damage.isPresent()) {
            throw failures.damagedStorage(context, damage.get());
        }
        requireSoundStorageOfTcsd(context);
    }

    private void requireSoundStorageOfTcsd(FailureContext context) throws KeyModuleException {
        Optional<String> damage = tcsdStorage.flatMap(TcsdKeyStorage::damage);
        if (damage.isPresent()) {
            throw failures.damagedStorageOfTcsd(context, damage.get());
        }
    }

    /** A tcsd that threw the SRK out of its file because it was damaged gives libtspi something else instead. */
    private void requireSrkStored(TspiContext tss) throws TspiException {
        if (tcsdStorage.filter(TcsdKeyStorage::lacksSrk).isPresent()) {
            throw tss.srkNotStored();
        }
    }

    @FunctionalInterface
    private interface SrkUse<T> {
        T run() throws TspiException;
    }

    /** Each wrong secret brings the TPM nearer to locking itself: none is tried twice, unless it changes. */
    private <T> T authorised(TspiContext tss, SrkUse<T> use) throws TspiException, KeyModuleException {
        if (!wrongSecrets.isEmpty() && areUnchanged(wrongSecrets)) {
            throw TspiErrorMessages.srkSecretNotTriedAgain(List.copyOf(wrongSecrets.keySet()));
        }
        requireSrkStored(tss);
        Map<SrkSecret, Optional<FileTime>> tried = new LinkedHashMap<>();
        TspiException refusal = null;
        for (SrkSecret secret : secretsInOrder()) {
            Optional<FileTime> asOf = secret.changed();
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
                tried.put(secret, asOf);
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
        requireSoundStorage(FailureContext.CREATE_KEY);
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
            authorised(tss, () -> {
                tss.makeKey(newKey, pcrs);
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
        if (register >= count) {
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
            Optional<PcrBinding> binding = loaded == null ? Optional.empty() : PcrBinding.ofKeyBlob(tss.keyBlob(loaded));
            if (binding.isPresent()) {
                return TspiErrorMessages.wrongPcrs(context, binding.get(), compositeNow(tss, binding.get()), refusal);
            }
        } catch (TspiException | KeyModuleException e) {
            refusal.addSuppressed(e);
        }
        return failures.explain(context, refusal);
    }

    /** That tcsd misses a key has three causes, which the failed call does not tell apart. */
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
