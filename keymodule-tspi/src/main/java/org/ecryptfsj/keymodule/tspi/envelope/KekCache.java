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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.SingleFlight;

/**
 * The KEKs that were unsealed, and what is done with them. A KEK is unsealed by the first request that needs it, however many
 * wait for it, and dropped when it was idle too long, when the machine's state has changed, when the machine has slept, and
 * by {@link #clear()}. Any thread may call any method.
 */
public final class KekCache implements AutoCloseable {
    /** A user mounts a few keys; files of other daemons' times may carry further KEKs. */
    static final int MAX_CACHED = 64;

    private static final Logger LOG = System.getLogger(KekCache.class.getName());
    private static final long SUSPEND_TOLERANCE_NANOS = Duration.ofSeconds(1).toNanos();

    /** The JVM compiles what was called 200 times. */
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
    private long suspendedNanos;

    /** @param store where KEKs outlive the process */
    public KekCache(KekStore store) {
        this(store, new LinuxClock());
    }

    KekCache(KekStore store, SuspendAwareClock clock) {
        this.store = store;
        this.clock = clock;
        this.suspendedNanos = clock.totalNanos() - clock.activeNanos();
        this.monitor = new KekMonitor(this);
    }

    private record KekName(String key, KekId id) {}

    /** A KEK that is held, and for how long. */
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

    /** Whether these bytes are for this to unwrap. */
    public static boolean isEnvelope(byte[] encryptedKey) {
        return EnvelopeV1.isEnvelope(encryptedKey);
    }

    /**
     * Wraps a file key with the current KEK of a sealing key; unseals or makes it if need be.
     *
     * @param payload 3 to 67 bytes; stays the caller's
     * @return an envelope, see docs/envelope.md
     * @throws KeyModuleException with the device's reason
     */
    public byte[] wrap(SealingKey sealingKey, KekPolicy policy, Secret payload) throws KeyModuleException {
        Optional<byte[]> wrapped = currentOf(sealingKey, policy).wrap(payload);
        return wrapped.isPresent()
                ? wrapped.get()
                : currentOf(sealingKey, policy).wrap(payload).orElseThrow(KekCache::wipedTwice);
    }

    /** Like {@link #wrap}, if that needs no device; empty if it does. */
    public Optional<byte[]> wrapAtOnce(SealingKey sealingKey, KekPolicy policy, Secret payload) throws KeyModuleException {
        Optional<Kek> kek = Optional.ofNullable(current.get(sealingKey.name())).flatMap(id -> find(sealingKey, id, policy));
        return kek.isPresent() ? kek.get().wrap(payload) : Optional.empty();
    }

    /**
     * Unwraps a file key; unseals its KEK if need be.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_DATA if it was changed; else with the device's reason
     */
    public Secret unwrap(SealingKey sealingKey, KekPolicy policy, byte[] encryptedKey) throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Secret> unwrapped = kekOf(sealingKey, envelope, policy).unwrap(envelope);
        return unwrapped.isPresent()
                ? unwrapped.get()
                : kekOf(sealingKey, envelope, policy).unwrap(envelope).orElseThrow(KekCache::wipedTwice);
    }

    /** Like {@link #unwrap}, if that needs no device; empty if it does. */
    public Optional<Secret> unwrapAtOnce(SealingKey sealingKey, KekPolicy policy, byte[] encryptedKey)
            throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Kek> known = find(sealingKey, envelope.id(), policy);
        return known.isPresent() ? known.get().unwrap(envelope) : Optional.empty();
    }

    /**
     * Wraps and unwraps with a key that is thrown away, until the JVM has compiled what that takes.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if there is no libcrypto
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

    /** Drops every KEK. */
    public synchronized void clear() {
        generation++;
        cached.values().forEach(this::wipe);
        cached.clear();
        current.clear();
    }

    /** What is held and was done, by name; never a secret. */
    public synchronized Map<String, String> status() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("keks_held", String.valueOf(cached.size()));
        all.put("keks_unsealed", unsealed.toString());
        all.put("keks_made", created.toString());
        all.put("keks_dropped", wiped.toString());
        return all;
    }

    /** Drops every KEK and ends. */
    @Override
    public void close() {
        clear();
        monitor.close();
    }

    private AesGcm cipher() throws KeyModuleException {
        if (cipher.isEmpty()) {
            cipher = Optional.of(new AesGcm());
        }
        return cipher.get();
    }

    /** A held KEK that may still be used. */
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

    /** @return the time, awake */
    private long clearAfterSuspend() {
        long activeNanos = clock.activeNanos();
        long asleep = clock.totalNanos() - activeNanos;
        if (asleep - suspendedNanos > SUSPEND_TOLERANCE_NANOS) {
            LOG.log(Level.INFO, "the machine has slept: {0} KEKs are dropped", cached.size());
            clear();
        }
        suspendedNanos = asleep;
        return activeNanos;
    }

    private void wipe(CachedKek old) {
        old.kek.close();
        wiped.incrementAndGet();
    }

    private Kek currentOf(SealingKey sealingKey, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known = Optional.ofNullable(current.get(sealingKey.name())).flatMap(id -> find(sealingKey, id, policy));
        return known.isPresent()
                ? known.get()
                : unseals.run(sealingKey.name(), () -> {
                    long before = generation();
                    Kek kek = unsealStoredOrCreate(sealingKey);
                    return addToCache(sealingKey, kek, policy, before, true);
                });
    }

    private Kek kekOf(SealingKey sealingKey, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known = find(sealingKey, envelope.id(), policy);
        return known.isPresent() ? known.get() : load(sealingKey, envelope, policy);
    }

    private static KeyModuleException wipedTwice() {
        return new KeyModuleException(Reason.BUSY, "keys are being dropped at this moment", "Try again.");
    }

    private Kek load(SealingKey sealingKey, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        return unseals.run(new KekName(sealingKey.name(), envelope.id()), () -> {
            long before = generation();
            Kek kek = unsealStoredOrEmbedded(sealingKey, envelope);
            unsealed.incrementAndGet();
            return addToCache(sealingKey, kek, policy, before, false);
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
                LOG.log(
                        Level.WARNING,
                        "the KEK stored for key {0} is damaged ({1}): the one in the file is taken",
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
                LOG.log(
                        Level.WARNING,
                        "the KEK stored for key {0} is not this key''s ({1}): a new one is made",
                        sealingKey.name(),
                        e.getMessage());
            }
        }
        Kek fresh = Kek.create(cipher(), sealingKey);
        created.incrementAndGet();
        try {
            store.store(sealingKey.name(), fresh.sealed());
        } catch (IOException e) {
            LOG.log(
                    Level.WARNING,
                    "the KEK of key {0} cannot be stored, so each start of the daemon makes another one: {1}",
                    sealingKey.name(),
                    e.getMessage());
        }
        return fresh;
    }

    private Optional<SealedKek> stored(SealingKey sealingKey) {
        try {
            return store.current(sealingKey.name());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the stored KEK of key {0} is not used: {1}", sealingKey.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized long generation() {
        return generation;
    }

    /** Keeps a KEK, unless everything was to be forgotten meanwhile. */
    private Kek addToCache(SealingKey sealingKey, Kek kek, KekPolicy policy, long before, boolean isCurrent)
            throws KeyModuleException {
        put(sealingKey, kek, policy, before, isCurrent);
        monitor.wake();
        return kek;
    }

    private synchronized void put(SealingKey sealingKey, Kek kek, KekPolicy policy, long before, boolean isCurrent)
            throws KeyModuleException {
        if (generation != before) {
            kek.close();
            throw new KeyModuleException(
                    Reason.BUSY, "keys were dropped while the KEK " + kek.id() + " was unsealed", "Try again.");
        }
        if (cached.size() >= MAX_CACHED) {
            Iterator<CachedKek> eldest = cached.values().iterator();
            wipe(eldest.next());
            eldest.remove();
        }
        CachedKek replaced = cached.put(new KekName(sealingKey.name(), kek.id()), new CachedKek(kek, sealingKey, policy, clock.activeNanos()));
        if (replaced != null) {
            wipe(replaced);
        }
        if (isCurrent) {
            current.put(sealingKey.name(), kek.id());
        }
    }

    /** A sealing key whose state is to be checked. */
    record DueCheck(SealingKey sealingKey, long atNanos) {}

    /** Drops what is over; the next sealing key to check and when, if KEKs are held. */
    synchronized Optional<DueCheck> nextCheck() {
        long now = clearAfterSuspend();
        Iterator<CachedKek> all = cached.values().iterator();
        DueCheck next = null;
        while (all.hasNext()) {
            CachedKek one = all.next();
            if (isExpired(one, now)) {
                LOG.log(Level.DEBUG, "KEK {0} is dropped: idle, or not checked for too long", one.kek.id());
                all.remove();
                wipe(one);
            } else {
                long due = one.stateConfirmed + one.policy.recheck().toNanos();
                if (next == null || due < next.atNanos()) {
                    next = new DueCheck(one.sealingKey, due);
                }
            }
        }
        return Optional.ofNullable(next);
    }

    /** The state of a sealing key is as it should be, as seen at that time. */
    synchronized void stateConfirmed(SealingKey sealingKey, long at) {
        cached.values().stream().filter(one -> one.sealingKey.name().equals(sealingKey.name())).forEach(one -> one.stateConfirmed = at);
    }

    /** The state of a sealing key has changed. */
    synchronized void stateChanged(SealingKey sealingKey) {
        LOG.log(Level.WARNING, "the machine''s state has changed: the KEKs of key {0} are dropped", sealingKey.name());
        generation++;
        List<CachedKek> gone = cached.values().stream()
                .filter(one -> one.sealingKey.name().equals(sealingKey.name()))
                .toList();
        gone.forEach(this::wipe);
        cached.values().removeAll(gone);
        current.remove(sealingKey.name());
    }

    long now() {
        return clock.activeNanos();
    }
}
