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
    static final int MOST_LOADED_KEYS = 8;

    private final Optional<String> srkSetting;
    private final UserKeyStorage storage;
    private final Optional<TcsdKeyStorage> ofTcsd;
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
        this.ofTcsd = settings.ofTcsd();
        this.failures = new TspiErrorMessages(storage, ofTcsd);
        this.status = status;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T on(TspiContext context) throws TspiException, KeyModuleException;
    }

    /** Loads the library and connects to tcsd, if that is not done yet. */
    void connect() throws KeyModuleException {
        try {
            withContext(on -> true);
        } catch (TspiException e) {
            throw failures.explain(FailureContext.TO_CONNECT, e);
        }
    }

    byte[] seal(KeyUuid key, Secret payload) throws KeyModuleException {
        return withKey(key, on -> on.seal(loaded(on, key), payload));
    }

    /** The result is closed by the caller. */
    Secret unseal(KeyUuid key, SealedBlob sealed) throws KeyModuleException {
        return withKey(key, on -> on.unseal(loaded(on, key), sealed));
    }

    byte[] modulus(KeyUuid key) throws KeyModuleException {
        return withKey(key, on -> {
            Integer loaded = keys.get(key);
            if (loaded != null) {
                return on.modulus(loaded);
            }
            requireSoundStorage(FailureContext.toUse(key));
            int found = on.findKey(key);
            try {
                return on.modulus(found);
            } finally {
                on.closeObject(found);
            }
        });
    }

    /** Whether the PCRs a key is bound to have the values it needs. */
    boolean isStateTrusted(KeyUuid key) throws KeyModuleException {
        return withKey(key, on -> {
            Optional<PcrBinding> binding = binding(on, key);
            return binding.isEmpty() || binding.get().compositeNeeded().equals(compositeNow(on, binding.get()));
        });
    }

    /** Loads a key, and looks whether its PCRs have the values it needs. */
    void requireUsable(KeyUuid key) throws KeyModuleException {
        withKey(key, on -> {
            loaded(on, key);
            Optional<PcrBinding> binding = binding(on, key);
            if (binding.isPresent()) {
                String composite = compositeNow(on, binding.get());
                if (!binding.get().compositeNeeded().equals(composite)) {
                    throw TspiErrorMessages.changedPcrs(FailureContext.toUse(key), binding.get(), composite);
                }
            }
            return true;
        });
    }

    /** What the TPM says of itself; whether it has an owner is told by the SRK that tcsd keeps. */
    KeyDevice.State state() throws KeyModuleException {
        try {
            return withContext(on -> {
                requireSoundStorageOfTcsd(FailureContext.TO_LOOK);
                List<String> values = new ArrayList<>();
                int count = on.pcrCount();
                for (int register = 0; register < count; register++) {
                    values.add(HexFormat.of().formatHex(on.readPcr(register)));
                }
                return new KeyDevice.State(hasSrk(on), values);
            });
        } catch (TspiException e) {
            throw failures.explain(FailureContext.TO_LOOK, e);
        }
    }

    private boolean hasSrk(TspiContext on) throws TspiException {
        try {
            requireSrkStored(on);
            on.srk();
            return true;
        } catch (TspiException e) {
            if (e.is(TssResult.TSS_E_PS_KEY_NOTFOUND) || e.is(TssResult.TPM_E_NOSRK)) {
                return false;
            }
            throw e;
        }
    }

    private Optional<PcrBinding> binding(TspiContext on, KeyUuid key) throws TspiException, KeyModuleException {
        Optional<PcrBinding> binding = bindings.get(key);
        if (binding == null) {
            binding = PcrBinding.ofKeyBlob(on.keyBlob(loaded(on, key)));
            bindings.put(key, binding);
        }
        return binding;
    }

    private static String compositeNow(TspiContext on, PcrBinding binding) throws TspiException {
        List<byte[]> values = new ArrayList<>();
        for (int register : binding.registers()) {
            values.add(on.readPcr(register));
        }
        return binding.compositeOf(values);
    }

    /** Makes a key bound to these PCRs' present values, and registers it (docs/spec/tspi.md, section 2). */
    GeneratedKey generate(SortedSet<Integer> registers, Optional<KeyUuid> name) throws KeyModuleException {
        try {
            return withContext(on -> generate(on, registers, name));
        } catch (TspiException e) {
            throw explained(FailureContext.TO_MAKE_KEY, e);
        }
    }

    /** Takes back a key that nobody learned of. */
    void unregister(GeneratedKey unwanted) throws KeyModuleException {
        unregister(new KeyUuid(unwanted.value()));
    }

    /** Takes a key out of the user's storage. */
    void unregister(KeyUuid key) throws KeyModuleException {
        withKey(key, on -> {
            Integer loaded = keys.remove(key);
            if (loaded != null) {
                on.unloadKey(loaded);
            }
            bindings.remove(key);
            requireSoundStorage(FailureContext.toUse(key));
            on.unregister(key);
            return true;
        });
    }

    /** Drops the context, the keys, and what was learned about the SRK's secret. */
    void forget() {
        disconnect();
        bindings.clear();
        rightSecret = Optional.empty();
        wrongSecrets = Map.of();
    }

    private <T> T withKey(KeyUuid key, Operation<T> operation) throws KeyModuleException {
        FailureContext attempt = FailureContext.toUse(key);
        try {
            return withContext(operation);
        } catch (TspiException e) {
            throw e.is(TssResult.TPM_E_WRONGPCRVAL) ? wrongPcrs(attempt, key, e) : explained(attempt, e);
        }
    }

    private <T> T withContext(Operation<T> operation) throws TspiException, KeyModuleException {
        boolean fresh = context.isEmpty();
        try {
            return operation.on(context());
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
            return operation.on(context());
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
        status.holds(context.isPresent(), List.copyOf(keys.keySet()));
    }

    private int loaded(TspiContext on, KeyUuid key) throws TspiException, KeyModuleException {
        Integer known = keys.get(key);
        if (known != null) {
            return known;
        }
        if (keys.size() >= MOST_LOADED_KEYS) {
            KeyUuid eldest = keys.keySet().iterator().next();
            on.unloadKey(keys.remove(eldest));
        }
        requireSoundStorage(FailureContext.toUse(key));
        int loaded = authorised(on, () -> on.loadKey(key));
        keys.put(key, loaded);
        publish();
        return loaded;
    }

    /** Before libtspi reads what is in the files, see {@link KeyStorageFile}. */
    private void requireSoundStorage(FailureContext attempt) throws KeyModuleException {
        Optional<String> damage = storage.damage();
        if (damage.isPresent()) {
            throw failures.damagedStorage(attempt, damage.get());
        }
        requireSoundStorageOfTcsd(attempt);
    }

    private void requireSoundStorageOfTcsd(FailureContext attempt) throws KeyModuleException {
        Optional<String> damage = ofTcsd.flatMap(TcsdKeyStorage::damage);
        if (damage.isPresent()) {
            throw failures.damagedStorageOfTcsd(attempt, damage.get());
        }
    }

    /** A tcsd that threw the SRK out of its file because it was damaged gives libtspi something else instead. */
    private void requireSrkStored(TspiContext on) throws TspiException {
        if (ofTcsd.filter(TcsdKeyStorage::lacksSrk).isPresent()) {
            throw on.srkNotStored();
        }
    }

    @FunctionalInterface
    private interface SrkUse<T> {
        T run() throws TspiException;
    }

    /** Each wrong secret brings the TPM nearer to locking itself: none is tried twice, unless it changes. */
    private <T> T authorised(TspiContext on, SrkUse<T> use) throws TspiException, KeyModuleException {
        if (!wrongSecrets.isEmpty() && areUnchanged(wrongSecrets)) {
            throw TspiErrorMessages.srkSecretNotTriedAgain(List.copyOf(wrongSecrets.keySet()));
        }
        requireSrkStored(on);
        Map<SrkSecret, Optional<FileTime>> tried = new LinkedHashMap<>();
        TspiException refusal = null;
        for (SrkSecret secret : secretsInOrder()) {
            Optional<FileTime> asOf = secret.changed();
            on.srkSecret(secret);
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

    private GeneratedKey generate(TspiContext on, SortedSet<Integer> registers, Optional<KeyUuid> name)
            throws TspiException, KeyModuleException {
        requireSoundStorage(FailureContext.TO_MAKE_KEY);
        int count = on.pcrCount();
        int pcrs = on.newPcrs();
        int key = 0;
        try {
            Map<String, String> bindings = new LinkedHashMap<>();
            for (int register : registers) {
                requireExists(register, count);
                byte[] value = on.readPcr(register);
                on.addPcr(pcrs, register, value);
                bindings.put("PCR " + register, HexFormat.of().formatHex(value));
            }
            requireSrkStored(on);
            on.srk();
            key = on.newStorageKey();
            int made = key;
            authorised(on, () -> {
                on.makeKey(made, pcrs);
                return true;
            });
            KeyUuid uuid = name.isPresent() ? name.get() : on.randomUuid();
            on.register(key, uuid);
            return new GeneratedKey(UUID_PARAMETER, uuid.hex(), bindings);
        } finally {
            if (key != 0) {
                on.closeObject(key);
            }
            on.closeObject(pcrs);
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

    private KeyModuleException wrongPcrs(FailureContext attempt, KeyUuid key, TspiException refusal) {
        try {
            TspiContext on = context();
            Integer loaded = keys.get(key);
            Optional<PcrBinding> binding = loaded == null ? Optional.empty() : PcrBinding.ofKeyBlob(on.keyBlob(loaded));
            if (binding.isPresent()) {
                return TspiErrorMessages.wrongPcrs(attempt, binding.get(), compositeNow(on, binding.get()), refusal);
            }
        } catch (TspiException | KeyModuleException e) {
            refusal.addSuppressed(e);
        }
        return failures.explain(attempt, refusal);
    }

    /** That tcsd misses a key has three causes, which the failed call does not tell apart. */
    private KeyModuleException explained(FailureContext attempt, TspiException refusal) {
        if (refusal.is(TssResult.TSS_E_PS_KEY_NOTFOUND) && refusal.layer() == Layer.TCS) {
            try {
                TspiContext on = context();
                if (hasSrk(on)) {
                    return failures.damagedKey(attempt, refusal);
                }
                if (on.hasOwner()) {
                    return failures.srkUnknown(attempt, refusal);
                }
            } catch (TspiException | KeyModuleException e) {
                refusal.addSuppressed(e);
            }
        }
        return failures.explain(attempt, refusal);
    }
}
