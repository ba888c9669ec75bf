package org.ecryptfsj.keymodule.tspi.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class KekCacheTest {
    private static final String PAYLOAD = "07000102030405060708090a0b0c0d0e0f0078";
    private static final KekPolicy NEVER_IDLE = new KekPolicy(Duration.ZERO, Duration.ofDays(1));

    @TempDir
    Path directory;

    private final MemorySealing tpm = new MemorySealing("a");
    private final FakeTicks clock = new FakeTicks();
    private KekCache cache;

    private static final class FakeTicks implements SuspendAwareClock {
        final AtomicLong activeNanos = new AtomicLong(1);
        final AtomicLong asleep = new AtomicLong();

        @Override
        public long activeNanos() {
            return activeNanos.get();
        }

        @Override
        public long totalNanos() {
            return activeNanos.get() + asleep.get();
        }

        void pass(Duration time) {
            activeNanos.addAndGet(time.toNanos());
        }
    }

    @BeforeEach
    void createCache() {
        cache = newCache();
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private KekCache newCache() {
        return new KekCache(new KekStore(directory.resolve("kek")), clock);
    }

    @Test
    void manyFilesNeedOneSealAndNoUnseal() throws Exception {
        List<byte[]> wrapped = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            wrapped.add(wrap(NEVER_IDLE));
        }

        for (byte[] one : wrapped) {
            assertThat(unwrap(one, NEVER_IDLE)).isEqualTo(PAYLOAD);
        }
        assertThat(wrapped).doesNotHaveDuplicates();
        assertThat(tpm.seals).hasValue(1);
        assertThat(tpm.unseals).hasValue(0);
    }

    @Test
    void aRestartedProcessUnsealsTheStoredKekOnce() throws Exception {
        byte[] before = wrap(NEVER_IDLE);
        cache.close();
        cache = newCache();

        byte[] after = wrap(NEVER_IDLE);

        assertThat(unwrap(before, NEVER_IDLE)).isEqualTo(PAYLOAD);
        assertThat(EnvelopeV1.parse(after).id())
                .isEqualTo(EnvelopeV1.parse(before).id());
        assertThat(tpm.seals).hasValue(1);
        assertThat(tpm.unseals).hasValue(1);
    }

    @Test
    void filesAreReadableWithoutTheStore() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        cache.close();
        Files.delete(directory.resolve("kek/a.kek"));
        cache = newCache();

        assertThat(unwrap(wrapped, NEVER_IDLE)).isEqualTo(PAYLOAD);
    }

    @Test
    void theStoredKekIsPreferredToTheOneInTheFile() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        byte[] moved = wrapped.clone();
        moved[EnvelopeV1.SEALED_AT] = 'b';
        cache.close();
        cache = newCache();

        // The KEK in the file is sealed with another key, the stored one with this key. The tag covers the file's
        // bytes.
        assertThat(failure(() -> unwrap(moved, NEVER_IDLE)).reason()).isEqualTo(Reason.BAD_DATA);
        assertThat(tpm.unseals).as("the stored one was unsealed").hasValue(1);
        assertThat(unwrap(wrapped, NEVER_IDLE)).isEqualTo(PAYLOAD);
    }

    @Test
    void aStoreThatOthersCanWriteToIsNotUsed() throws Exception {
        wrap(NEVER_IDLE);
        cache.close();
        Files.setPosixFilePermissions(directory.resolve("kek"), PosixFilePermissions.fromString("rwxrwxrwx"));
        cache = newCache();

        assertThat(unwrap(wrap(NEVER_IDLE), NEVER_IDLE)).isEqualTo(PAYLOAD);
        assertThat(tpm.seals).as("a new KEK was made").hasValue(2);
    }

    private void startAgainWithTheStoredKekOfAnotherKey() throws Exception {
        Path mine = directory.resolve("kek/a.kek");
        byte[] bytes = Files.readAllBytes(mine);
        bytes[22] = 'b';
        Files.write(mine, bytes);
        cache.close();
        cache = newCache();
    }

    @Test
    void aStoredKekOfAnotherKeyIsReplaced() throws Exception {
        wrap(NEVER_IDLE);
        startAgainWithTheStoredKekOfAnotherKey();

        assertThat(unwrap(wrap(NEVER_IDLE), NEVER_IDLE)).isEqualTo(PAYLOAD);
        assertThat(tpm.seals).hasValue(2);
    }

    @Test
    void filesAreReadableIfTheStoreIsDamaged() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        startAgainWithTheStoredKekOfAnotherKey();

        assertThat(unwrap(wrapped, NEVER_IDLE)).isEqualTo(PAYLOAD);
        assertThat(tpm.unseals).as("the stored KEK, then the file's").hasValue(2);
    }

    @Test
    void wrapAtOnceNeedsACachedKek() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        try (Secret payload = secret()) {
            assertThat(cache.wrapAtOnce(tpm, NEVER_IDLE, payload)).isPresent();
            cache.clear();

            assertThat(cache.wrapAtOnce(tpm, NEVER_IDLE, payload)).isEmpty();
        }
        assertThat(cache.unwrapAtOnce(tpm, NEVER_IDLE, wrapped)).isEmpty();
        assertThat(tpm.unseals).hasValue(0);
        assertThat(unwrap(wrapped, NEVER_IDLE)).isEqualTo(PAYLOAD);
        Optional<Secret> now = cache.unwrapAtOnce(tpm, NEVER_IDLE, wrapped);
        assertThat(now).isPresent();
        now.get().close();
    }

    @Test
    void anIdleKekIsWiped() throws Exception {
        KekPolicy idle = new KekPolicy(Duration.ofSeconds(10), Duration.ofDays(1));
        byte[] wrapped = wrap(idle);
        clock.pass(Duration.ofSeconds(9));
        assertThat(unwrap(wrapped, idle)).isEqualTo(PAYLOAD);
        clock.pass(Duration.ofSeconds(11));

        assertThat(cache.unwrapAtOnce(tpm, idle, wrapped)).isEmpty();
        assertThat(cache.status()).containsEntry("keks_held", "0").containsEntry("keks_dropped", "1");
    }

    @Test
    void theStricterOfTwoPoliciesApplies() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        assertThat(unwrap(wrapped, new KekPolicy(Duration.ofSeconds(10), Duration.ofDays(1))))
                .isEqualTo(PAYLOAD);
        clock.pass(Duration.ofSeconds(11));

        assertThat(cache.unwrapAtOnce(tpm, NEVER_IDLE, wrapped)).isEmpty();
    }

    @Test
    void suspendingTheMachineWipesAllKeks() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        clock.asleep.addAndGet(Duration.ofMinutes(5).toNanos());

        assertThat(cache.unwrapAtOnce(tpm, NEVER_IDLE, wrapped)).isEmpty();
        assertThat(unwrap(wrapped, NEVER_IDLE)).isEqualTo(PAYLOAD);
    }

    @Test
    void aChangedStateWipesTheKek() throws Exception {
        KekPolicy watched = new KekPolicy(Duration.ZERO, Duration.ofSeconds(1));
        byte[] wrapped = wrap(watched);
        tpm.trusted = false;
        clock.pass(Duration.ofSeconds(2));

        await(() -> cache.status().get("keks_held").equals("0"));
        assertThat(failure(() -> unwrap(wrapped, watched)).reason()).isEqualTo(Reason.WRONG_PCR_STATE);
        tpm.trusted = true;
        assertThat(unwrap(wrapped, watched)).isEqualTo(PAYLOAD);
    }

    @Test
    void ifTheDeviceDoesNotAnswerAKekIsWipedAfterTwelveChecks() throws Exception {
        KekPolicy watched = new KekPolicy(Duration.ZERO, Duration.ofSeconds(1));
        byte[] wrapped = wrap(watched);
        tpm.silent = true;
        clock.pass(Duration.ofSeconds(11));
        assertThat(cache.unwrapAtOnce(tpm, watched, wrapped)).isPresent().get().satisfies(Secret::close);
        clock.pass(Duration.ofSeconds(2));

        assertThat(cache.unwrapAtOnce(tpm, watched, wrapped)).isEmpty();
    }

    @Test
    void parallelRequestsForOneKekUnsealItOnce() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        cache.clear();
        tpm.answers.drainPermits();
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(callers.submit(() -> unwrap(wrapped, NEVER_IDLE)));
            }
            await(() -> tpm.unseals.get() == 1);
            tpm.answers.release(100);

            for (Future<String> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(PAYLOAD);
            }
            assertThat(tpm.unseals).hasValue(1);
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void ifTheUnsealingRequestTimesOutAnotherUnseals() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        cache.clear();
        tpm.answers.drainPermits();
        ExecutorService callers = Executors.newFixedThreadPool(2);
        try {
            Future<String> first = callers.submit(() -> unwrap(wrapped, NEVER_IDLE));
            await(() -> tpm.unseals.get() == 1);
            Future<String> second = callers.submit(() -> unwrap(wrapped, NEVER_IDLE));
            first.cancel(true);
            await(() -> tpm.unseals.get() == 2);
            tpm.answers.release(100);

            assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(PAYLOAD);
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void theNumberOfCachedKeksIsLimited() throws Exception {
        List<byte[]> wrapped = new ArrayList<>();
        for (int i = 0; i < KekCache.MAX_CACHED + 3; i++) {
            wrapped.add(wrap(NEVER_IDLE));
            Files.delete(directory.resolve("kek/a.kek"));
            cache.clear();
        }
        for (byte[] one : wrapped) {
            assertThat(unwrap(one, NEVER_IDLE)).isEqualTo(PAYLOAD);
        }

        assertThat(cache.status()).containsEntry("keks_held", String.valueOf(KekCache.MAX_CACHED));
    }

    @Test
    void anyChangedByteIsBadData() throws Exception {
        byte[] wrapped = wrap(NEVER_IDLE);
        for (int i = 0; i < wrapped.length; i++) {
            byte[] changed = wrapped.clone();
            changed[i] ^= 1;

            assertThat(failure(() -> unwrap(changed, NEVER_IDLE)).reason())
                    .as("byte %s", i)
                    .isEqualTo(Reason.BAD_DATA);
        }
    }

    private byte[] wrap(KekPolicy policy) throws KeyModuleException {
        try (Secret payload = secret()) {
            return cache.wrap(tpm, policy, payload);
        }
    }

    private String unwrap(byte[] wrapped, KekPolicy policy) throws KeyModuleException {
        try (Secret payload = cache.unwrap(tpm, policy, wrapped)) {
            return payload.onHeap(HexFormat.of()::formatHex);
        }
    }

    private static Secret secret() {
        return Secret.takeBytes(HexFormat.of().parseHex(PAYLOAD));
    }

    private static KeyModuleException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(KeyModuleException.class, call);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it takes too long").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
