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
 * by {@link #forget()}. Any thread may call any method.
 */
public final class KekCache implements AutoCloseable {
    /** A user mounts a few keys; files of other daemons' times may carry further KEKs. */
    static final int MOST_HELD = 64;

    private static final Logger LOG = System.getLogger(KekCache.class.getName());
    private static final long SLEPT_NANOS = Duration.ofSeconds(1).toNanos();

    /** The JVM compiles what was called 200 times. */
    private static final int REHEARSALS = 250;

    private static final int LONGEST_PAYLOAD = 67;

    private final KekStore store;
    private final SuspendAwareClock ticks;
    private final KekMonitor watch;
    private final Map<Name, Held> held = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, KekId> current = new ConcurrentHashMap<>();
    private final SingleFlight<Object, Kek> unseals = SingleFlight.ofShared("the KEK");
    private final AtomicLong unsealed = new AtomicLong();
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private volatile Optional<AesGcm> cipher = Optional.empty();
    private long generation;
    private long slept;

    /** @param store where KEKs outlive the process */
    public KekCache(KekStore store) {
        this(store, new LinuxClock());
    }

    KekCache(KekStore store, SuspendAwareClock ticks) {
        this.store = store;
        this.ticks = ticks;
        this.slept = ticks.withSleep() - ticks.awake();
        this.watch = new KekMonitor(this);
    }

    private record Name(String key, KekId id) {}

    /** A KEK that is held, and for how long. */
    private static final class Held {
        final Kek kek;
        final SealingKey by;
        KekPolicy policy;
        long used;
        long trusted;

        Held(Kek kek, SealingKey by, KekPolicy policy, long now) {
            this.kek = kek;
            this.by = by;
            this.policy = policy;
            this.used = now;
            this.trusted = now;
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
    public byte[] wrap(SealingKey by, KekPolicy policy, Secret payload) throws KeyModuleException {
        Optional<byte[]> wrapped = currentOf(by, policy).wrap(payload);
        return wrapped.isPresent()
                ? wrapped.get()
                : currentOf(by, policy).wrap(payload).orElseThrow(KekCache::droppedTwice);
    }

    /** Like {@link #wrap}, if that needs no device; empty if it does. */
    public Optional<byte[]> wrapAtOnce(SealingKey by, KekPolicy policy, Secret payload) throws KeyModuleException {
        Optional<Kek> kek = Optional.ofNullable(current.get(by.name())).flatMap(id -> find(by, id, policy));
        return kek.isPresent() ? kek.get().wrap(payload) : Optional.empty();
    }

    /**
     * Unwraps a file key; unseals its KEK if need be.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_DATA if it was changed; else with the device's reason
     */
    public Secret unwrap(SealingKey by, KekPolicy policy, byte[] encryptedKey) throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Secret> unwrapped = kekOf(by, envelope, policy).unwrap(envelope);
        return unwrapped.isPresent()
                ? unwrapped.get()
                : kekOf(by, envelope, policy).unwrap(envelope).orElseThrow(KekCache::droppedTwice);
    }

    /** Like {@link #unwrap}, if that needs no device; empty if it does. */
    public Optional<Secret> unwrapAtOnce(SealingKey by, KekPolicy policy, byte[] encryptedKey)
            throws KeyModuleException {
        EnvelopeV1 envelope = EnvelopeV1.parse(encryptedKey);
        Optional<Kek> known = find(by, envelope.id(), policy);
        return known.isPresent() ? known.get().unwrap(envelope) : Optional.empty();
    }

    /**
     * Wraps and unwraps with a key that is thrown away, until the JVM has compiled what that takes.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if there is no libcrypto
     */
    public void rehearse() throws KeyModuleException {
        try (Kek kek = Kek.ofNobody(cipher());
                Secret payload = Secret.allocate(LONGEST_PAYLOAD)) {
            for (int i = 0; i < REHEARSALS; i++) {
                EnvelopeV1 envelope = EnvelopeV1.parse(kek.wrap(payload).orElseThrow());
                kek.unwrap(envelope).ifPresent(Secret::close);
            }
        }
    }

    /** Drops every KEK. */
    public synchronized void forget() {
        generation++;
        held.values().forEach(this::drop);
        held.clear();
        current.clear();
    }

    /** What is held and was done, by name; never a secret. */
    public synchronized Map<String, String> status() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("keks_held", String.valueOf(held.size()));
        all.put("keks_unsealed", unsealed.toString());
        all.put("keks_made", made.toString());
        all.put("keks_dropped", dropped.toString());
        return all;
    }

    /** Drops every KEK and ends. */
    @Override
    public void close() {
        forget();
        watch.close();
    }

    private AesGcm cipher() throws KeyModuleException {
        if (cipher.isEmpty()) {
            cipher = Optional.of(new AesGcm());
        }
        return cipher.get();
    }

    /** A held KEK that may still be used. */
    private synchronized Optional<Kek> find(SealingKey by, KekId id, KekPolicy policy) {
        long now = dropIfSlept();
        Name name = new Name(by.name(), id);
        Held found = held.get(name);
        if (found == null) {
            return Optional.empty();
        }
        found.policy = found.policy.and(policy);
        if (isOver(found, now)) {
            held.remove(name);
            drop(found);
            return Optional.empty();
        }
        found.used = now;
        return Optional.of(found.kek);
    }

    private static boolean isOver(Held held, long now) {
        long idle = held.policy.idle().toNanos();
        return (idle > 0 && now - held.used > idle)
                || now - held.trusted > held.policy.longestUnchecked().toNanos();
    }

    /** @return the time, awake */
    private long dropIfSlept() {
        long awake = ticks.awake();
        long asleep = ticks.withSleep() - awake;
        if (asleep - slept > SLEPT_NANOS) {
            LOG.log(Level.INFO, "the machine has slept: {0} KEKs are dropped", held.size());
            forget();
        }
        slept = asleep;
        return awake;
    }

    private void drop(Held old) {
        old.kek.close();
        dropped.incrementAndGet();
    }

    private Kek currentOf(SealingKey by, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known = Optional.ofNullable(current.get(by.name())).flatMap(id -> find(by, id, policy));
        return known.isPresent()
                ? known.get()
                : unseals.run(by.name(), () -> {
                    long before = generation();
                    Kek kek = storedOrNew(by);
                    return hold(by, kek, policy, before, true);
                });
    }

    private Kek kekOf(SealingKey by, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        Optional<Kek> known = find(by, envelope.id(), policy);
        return known.isPresent() ? known.get() : load(by, envelope, policy);
    }

    private static KeyModuleException droppedTwice() {
        return new KeyModuleException(Reason.BUSY, "keys are being dropped at this moment", "Try again.");
    }

    private Kek load(SealingKey by, EnvelopeV1 envelope, KekPolicy policy) throws KeyModuleException {
        return unseals.run(new Name(by.name(), envelope.id()), () -> {
            long before = generation();
            Kek kek = storedOrOwn(by, envelope);
            unsealed.incrementAndGet();
            return hold(by, kek, policy, before, false);
        });
    }

    private Kek storedOrOwn(SealingKey by, EnvelopeV1 envelope) throws KeyModuleException {
        Optional<SealedKek> stored = stored(by).filter(s -> s.id().equals(envelope.id()));
        if (stored.isPresent()) {
            try {
                return Kek.unseal(cipher(), stored.get(), by);
            } catch (KeyModuleException e) {
                if (e.reason() != Reason.BAD_DATA) {
                    throw e;
                }
                LOG.log(
                        Level.WARNING,
                        "the KEK stored for key {0} is damaged ({1}): the one in the file is taken",
                        by.name(),
                        e.getMessage());
            }
        }
        return Kek.unseal(cipher(), new SealedKek(envelope.id(), envelope.sealedKek()), by);
    }

    private Kek storedOrNew(SealingKey by) throws KeyModuleException {
        Optional<SealedKek> stored = stored(by);
        if (stored.isPresent()) {
            try {
                Kek kek = Kek.unseal(cipher(), stored.get(), by);
                unsealed.incrementAndGet();
                return kek;
            } catch (KeyModuleException e) {
                if (e.reason() != Reason.BAD_DATA) {
                    throw e;
                }
                LOG.log(
                        Level.WARNING,
                        "the KEK stored for key {0} is not this key''s ({1}): a new one is made",
                        by.name(),
                        e.getMessage());
            }
        }
        Kek fresh = Kek.make(cipher(), by);
        made.incrementAndGet();
        try {
            store.store(by.name(), fresh.sealed());
        } catch (IOException e) {
            LOG.log(
                    Level.WARNING,
                    "the KEK of key {0} cannot be stored, so each start of the daemon makes another one: {1}",
                    by.name(),
                    e.getMessage());
        }
        return fresh;
    }

    private Optional<SealedKek> stored(SealingKey by) {
        try {
            return store.current(by.name());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the stored KEK of key {0} is not used: {1}", by.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized long generation() {
        return generation;
    }

    /** Keeps a KEK, unless everything was to be forgotten meanwhile. */
    private Kek hold(SealingKey by, Kek kek, KekPolicy policy, long before, boolean isCurrent)
            throws KeyModuleException {
        keep(by, kek, policy, before, isCurrent);
        watch.wake();
        return kek;
    }

    private synchronized void keep(SealingKey by, Kek kek, KekPolicy policy, long before, boolean isCurrent)
            throws KeyModuleException {
        if (generation != before) {
            kek.close();
            throw new KeyModuleException(
                    Reason.BUSY, "keys were dropped while the KEK " + kek.id() + " was unsealed", "Try again.");
        }
        if (held.size() >= MOST_HELD) {
            Iterator<Held> eldest = held.values().iterator();
            drop(eldest.next());
            eldest.remove();
        }
        Held replaced = held.put(new Name(by.name(), kek.id()), new Held(kek, by, policy, ticks.awake()));
        if (replaced != null) {
            drop(replaced);
        }
        if (isCurrent) {
            current.put(by.name(), kek.id());
        }
    }

    /** A sealing key whose state is to be checked. */
    record Due(SealingKey by, long atNanos) {}

    /** Drops what is over; the next sealing key to check and when, if KEKs are held. */
    synchronized Optional<Due> nextCheck() {
        long now = dropIfSlept();
        Iterator<Held> all = held.values().iterator();
        Due next = null;
        while (all.hasNext()) {
            Held one = all.next();
            if (isOver(one, now)) {
                LOG.log(Level.DEBUG, "KEK {0} is dropped: idle, or not checked for too long", one.kek.id());
                all.remove();
                drop(one);
            } else {
                long due = one.trusted + one.policy.recheck().toNanos();
                if (next == null || due < next.atNanos()) {
                    next = new Due(one.by, due);
                }
            }
        }
        return Optional.ofNullable(next);
    }

    /** The state of a sealing key is as it should be, as seen at that time. */
    synchronized void trusted(SealingKey by, long at) {
        held.values().stream().filter(one -> one.by.name().equals(by.name())).forEach(one -> one.trusted = at);
    }

    /** The state of a sealing key has changed. */
    synchronized void distrusted(SealingKey by) {
        LOG.log(Level.WARNING, "the machine''s state has changed: the KEKs of key {0} are dropped", by.name());
        generation++;
        List<Held> gone = held.values().stream()
                .filter(one -> one.by.name().equals(by.name()))
                .toList();
        gone.forEach(this::drop);
        held.values().removeAll(gone);
        current.remove(by.name());
    }

    long now() {
        return ticks.awake();
    }
}
