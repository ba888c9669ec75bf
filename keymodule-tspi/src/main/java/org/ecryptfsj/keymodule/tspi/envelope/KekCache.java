package org.ecryptfsj.keymodule.tspi.envelope;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.SingleFlight;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;

/**
 * Caches unsealed KEKs and uses them. A KEK is unsealed once, by the first request that needs it. It is wiped when it was not
 * used for some time, when PCR values have changed, when the machine was suspended, and by {@link #clear()}. Any thread may call
 * any method.
 */
public final class KekCache implements AutoCloseable {
    /** A user mounts a few keys; files written by other daemons may contain further KEKs. */
    static final int MAX_CACHED = 64;

    private static final long SUSPEND_TOLERANCE_NANOS = Duration.ofSeconds(1).toNanos();

    /** The JVM compiles methods after 200 calls. */
    private static final int WARM_UP_ROUNDS = 250;

    private static final int MAX_PAYLOAD_BYTES = 67;

    private final KekStore store;
    private final SuspendAwareClock clock;
    private final KekMonitor monitor;
    private final Map<KekName, CachedKek> cached = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, KekId> current = new ConcurrentHashMap<>();
    private final SingleFlight<Object, Kek> unseals = SingleFlight.ofShared("the KEK");
    private final AtomicLong unsealed = new AtomicLong();
    private final AtomicLong created = new AtomicLong();
    private final AtomicLong wiped = new AtomicLong();
    private volatile Optional<AesGcm> cipher = Optional.empty();
    private long generation;
    private OptionalLong suspendedNanos = OptionalLong.empty();

    /** @param store of sealed KEKs */
    public KekCache(KekStore store) {
        this(store, new LinuxClock());
    }

    KekCache(KekStore store, SuspendAwareClock clock) {
        this.store = store;
        this.clock = clock;
        this.monitor = new KekMonitor(this);
    }

    private record KekName(String key, KekId id) {}

    /** A cached KEK with the times that limit its use. */
    private static final class CachedKek {
        final Kek kek;
        final SealingKey sealingKey;
        KekPolicy policy;
        long lastUsed;
        long stateConfirmed;

        CachedKek(Kek kek, SealingKey sealingKey, KekPolicy policy, long now) {
            this.kek = kek;
            this.sealingKey = sealingKey;
            this.policy = policy;
            this.lastUsed = now;
            this.stateConfirmed = now;
        }
    }

    /** Whether these bytes are an envelope, which {@link #unwrap} reads. */
    public static boolean isEnvelope(byte[] encryptedKey) {
        return EnvelopeV1.isEnvelope(encryptedKey);
    }

    /**
     * Wraps a file key with the current KEK of a sealing key; unseals or creates the KEK if necessary.
     *
     * @param payload 3 to 67 bytes; owned by the caller
     * @return an envelope, see docs/envelope.md
     * @throws KeyModuleException if the device fails
     */
    public byte[] wrap(SealingKey sealingKey, KekPolicy policy, Secret payload) throws KeyModuleException {
        Optional<byte[]> wrapped = currentOf(sealingKey, policy).wrap(payload);
        return wrapped.isPresent()
                ? wrapped.get()
                : currentOf(sealingKey, policy).wrap(payload).orElseThrow(KekCache::wipedTwice);
    }

    /** Like {@link #wrap}, but only with a cached KEK; empty if there is none. */
    public Optional<byte[]> wrapAtOnce(SealingKey sealingKey, KekPolicy policy, Secret payload)
            throws KeyModuleException {
        Optional<Kek> kek =
                Optional.ofNullable(current.get(sealingKey.name())).flatMap(id -> find(sealingKey, id, policy));
        return kek.isPresent() ? kek.get().wrap(payload) : Optional.empty();
    }

    /**
     * Unwraps a file key; unseals its KEK if necessary.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_DATA if it was changed; otherwise if the device fails
     */
    public Secret unwrap(SealingKey sealingKey, KekPolicy policy, byte[] encryptedKey) throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Secret> unwrapped = kekOf(sealingKey, envelope, policy).unwrap(envelope);
        return unwrapped.isPresent()
                ? unwrapped.get()
                : kekOf(sealingKey, envelope, policy).unwrap(envelope).orElseThrow(KekCache::wipedTwice);
    }

    /** Like {@link #unwrap}, but only with a cached KEK; empty if there is none. */
    public Optional<Secret> unwrapAtOnce(SealingKey sealingKey, KekPolicy policy, byte[] encryptedKey)
            throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Kek> known = find(sealingKey, envelope.id(), policy);
        return known.isPresent() ? known.get().unwrap(envelope) : Optional.empty();
    }

    /**
     * Wraps and unwraps with a temporary key until the JVM has compiled the code.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if libcrypto is not installed
     */
    public void warmUp() throws KeyModuleException {
        try (Kek kek = Kek.throwaway(cipher());
                Secret payload = Secret.allocate(MAX_PAYLOAD_BYTES)) {
            for (int i = 0; i < WARM_UP_ROUNDS; i++) {
                EnvelopeV1 envelope = EnvelopeV1.parse(kek.wrap(payload).orElseThrow());
                kek.unwrap(envelope).ifPresent(Secret::close);
            }
        }
    }

    /** Wipes all KEKs. */
    public synchronized void clear() {
        generation++;
        cached.values().forEach(this::wipe);
        cached.clear();
        current.clear();
    }

    /** The numbers of cached, unsealed, created and wiped KEKs, by name. */
    public synchronized Map<String, String> status() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("keks_held", String.valueOf(cached.size()));
        all.put("keks_unsealed", unsealed.toString());
        all.put("keks_made", created.toString());
        all.put("keks_dropped", wiped.toString());
        return all;
    }

    /** Wipes all KEKs and ends the checks. */
    @Override
    public void close() {
        clear();
        monitor.close();
    }

    private AesGcm cipher() throws KeyModuleException {
        if (cipher.isEmpty()) {
            try {
                cipher = Optional.of(new AesGcm());
            } catch (LibcryptoMissingException e) {
                throw new KeyModuleException(
                        Reason.SERVICE_UNAVAILABLE,
                        "envelope mode does not work: " + e.getMessage(),
                        "Install it, then try again.",
                        0,
                        e);
            }
        }
        return cipher.get();
    }

    /** A cached KEK that has not expired. */
    private synchronized Optional<Kek> find(SealingKey sealingKey, KekId id, KekPolicy policy) {
        long now = clearAfterSuspend();
        KekName name = new KekName(sealingKey.name(), id);
        CachedKek found = cached.get(name);
        if (found == null) {
            return Optional.empty();
        }
        found.policy = found.policy.strictest(policy);
        if (isExpired(found, now)) {
            cached.remove(name);
            wipe(found);
            return Optional.empty();
        }
        found.lastUsed = now;
        return Optional.of(found.kek);
    }

    private static boolean isExpired(CachedKek cached, long now) {
        long idle = cached.policy.idle().toNanos();
        return (idle > 0 && now - cached.lastUsed > idle)
                || now - cached.stateConfirmed > cached.policy.maxUncheckedAge().toNanos();
    }

    /** Found when it is needed: a mount makes this object without using it, and the first logger costs milliseconds. */
    private static Logger log() {
        return System.getLogger(KekCache.class.getName());
    }

    /** @return the current time of {@link SuspendAwareClock#activeNanos} */
    private long clearAfterSuspend() {
        long activeNanos = clock.activeNanos();
        long suspended = clock.totalNanos() - activeNanos;
        if (suspendedNanos.isPresent() && suspended - suspendedNanos.getAsLong() > SUSPEND_TOLERANCE_NANOS) {
            log().log(Level.INFO, "the machine was suspended: {0} cached KEKs wiped", cached.size());
            clear();
        }
        suspendedNanos = OptionalLong.of(suspended);
        return activeNanos;
    }

    private void wipe(CachedKek old) {
        old.kek.close();
        wiped.incrementAndGet();
    }

    private Kek currentOf(SealingKey sealingKey, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known =
                Optional.ofNullable(current.get(sealingKey.name())).flatMap(id -> find(sealingKey, id, policy));
        return known.isPresent()
                ? known.get()
                : unseals.run(sealingKey.name(), () -> {
                    long generationBefore = generation();
                    Kek kek = unsealStoredOrCreate(sealingKey);
                    return addToCache(sealingKey, kek, policy, generationBefore, true);
                });
    }

    private Kek kekOf(SealingKey sealingKey, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known = find(sealingKey, envelope.id(), policy);
        return known.isPresent() ? known.get() : load(sealingKey, envelope, policy);
    }

    private static KeyModuleException wipedTwice() {
        return new KeyModuleException(Reason.BUSY, "cached keys are being wiped at this moment", "Try again.");
    }

    private Kek load(SealingKey sealingKey, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        return unseals.run(new KekName(sealingKey.name(), envelope.id()), () -> {
            long generationBefore = generation();
            Kek kek = unsealStoredOrEmbedded(sealingKey, envelope);
            unsealed.incrementAndGet();
            return addToCache(sealingKey, kek, policy, generationBefore, false);
        });
    }

    private Kek unsealStoredOrEmbedded(SealingKey sealingKey, EnvelopeV1 envelope) throws KeyModuleException {
        Optional<SealedKek> stored = stored(sealingKey).filter(s -> s.id().equals(envelope.id()));
        if (stored.isPresent()) {
            try {
                return Kek.unseal(cipher(), stored.get(), sealingKey);
            } catch (KeyModuleException e) {
                if (e.reason() != Reason.BAD_DATA) {
                    throw e;
                }
                log().log(
                                Level.WARNING,
                                "stored KEK of TPM key {0} is damaged ({1}): using the one in the file",
                                sealingKey.name(),
                                e.getMessage());
            }
        }
        return Kek.unseal(cipher(), new SealedKek(envelope.id(), envelope.sealedKek()), sealingKey);
    }

    private Kek unsealStoredOrCreate(SealingKey sealingKey) throws KeyModuleException {
        Optional<SealedKek> stored = stored(sealingKey);
        if (stored.isPresent()) {
            try {
                Kek kek = Kek.unseal(cipher(), stored.get(), sealingKey);
                unsealed.incrementAndGet();
                return kek;
            } catch (KeyModuleException e) {
                if (e.reason() != Reason.BAD_DATA) {
                    throw e;
                }
                log().log(
                                Level.WARNING,
                                "stored KEK of TPM key {0} is damaged or another key''s ({1}): creating a new one",
                                sealingKey.name(),
                                e.getMessage());
            }
        }
        Kek fresh = Kek.create(cipher(), sealingKey);
        created.incrementAndGet();
        try {
            store.store(sealingKey.name(), fresh.sealed());
        } catch (IOException e) {
            log().log(
                            Level.WARNING,
                            "cannot store the KEK of TPM key {0}, so it is created again after each start of the daemon: {1}",
                            sealingKey.name(),
                            e.getMessage());
        }
        return fresh;
    }

    private Optional<SealedKek> stored(SealingKey sealingKey) {
        try {
            return store.current(sealingKey.name());
        } catch (IOException e) {
            log().log(Level.WARNING, "stored KEK of TPM key {0} is not used: {1}", sealingKey.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized long generation() {
        return generation;
    }

    /** Adds a KEK, unless the cache was cleared while it was unsealed. */
    private Kek addToCache(
            SealingKey sealingKey, Kek kek, KekPolicy policy, long generationBefore, boolean isForNewFiles)
            throws KeyModuleException {
        put(sealingKey, kek, policy, generationBefore, isForNewFiles);
        monitor.start();
        return kek;
    }

    private synchronized void put(
            SealingKey sealingKey, Kek kek, KekPolicy policy, long generationBefore, boolean isForNewFiles)
            throws KeyModuleException {
        if (generation != generationBefore) {
            kek.close();
            throw new KeyModuleException(
                    Reason.BUSY, "cached keys were wiped while the KEK " + kek.id() + " was unsealed", "Try again.");
        }
        if (cached.size() >= MAX_CACHED) {
            Iterator<CachedKek> eldest = cached.values().iterator();
            wipe(eldest.next());
            eldest.remove();
        }
        CachedKek replaced = cached.put(
                new KekName(sealingKey.name(), kek.id()), new CachedKek(kek, sealingKey, policy, clock.activeNanos()));
        if (replaced != null) {
            wipe(replaced);
        }
        if (isForNewFiles) {
            current.put(sealingKey.name(), kek.id());
        }
    }

    /** The next check of a sealing key's PCRs. */
    record DueCheck(SealingKey sealingKey, long atNanos) {}

    /** Wipes expired KEKs; returns the next check, if KEKs are cached. */
    synchronized Optional<DueCheck> nextCheck() {
        long now = clearAfterSuspend();
        Iterator<CachedKek> all = cached.values().iterator();
        DueCheck next = null;
        while (all.hasNext()) {
            CachedKek cachedKek = all.next();
            if (isExpired(cachedKek, now)) {
                log().log(
                                Level.DEBUG,
                                "KEK {0} wiped: not used, or its PCRs not checked, for too long",
                                cachedKek.kek.id());
                all.remove();
                wipe(cachedKek);
            } else {
                long due = cachedKek.stateConfirmed + cachedKek.policy.recheck().toNanos();
                if (next == null || due < next.atNanos()) {
                    next = new DueCheck(cachedKek.sealingKey, due);
                }
            }
        }
        return Optional.ofNullable(next);
    }

    /** At that time the PCRs had the values that a sealing key is bound to. */
    synchronized void stateConfirmed(SealingKey sealingKey, long at) {
        cached.values().stream()
                .filter(cachedKek -> cachedKek.sealingKey.name().equals(sealingKey.name()))
                .forEach(cachedKek -> cachedKek.stateConfirmed = at);
    }

    /** The PCRs that a sealing key is bound to have changed. */
    synchronized void stateChanged(SealingKey sealingKey) {
        log().log(Level.WARNING, "PCR values changed: cached KEKs of TPM key {0} wiped", sealingKey.name());
        generation++;
        List<CachedKek> removed = cached.values().stream()
                .filter(cachedKek -> cachedKek.sealingKey.name().equals(sealingKey.name()))
                .toList();
        removed.forEach(this::wipe);
        cached.values().removeAll(removed);
        current.remove(sealingKey.name());
    }

    long now() {
        return clock.activeNanos();
    }
}
