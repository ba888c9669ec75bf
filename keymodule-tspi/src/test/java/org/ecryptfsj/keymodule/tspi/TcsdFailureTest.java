package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** tcsd stops or hangs while a module holds its context. */
@Timeout(180)
class TcsdFailureTest {
    private SoftwareTpm tpm;
    private TspiKeyModule module;
    private String key;
    private byte[] encrypted;

    @BeforeEach
    void aModuleInUse() throws Exception {
        tpm = SoftwareTpm.startOwned();
        module = TestKeys.module(tpm, Optional.empty(), 2);
        key = generate(module, 0).value();
        encrypted = wrap(module, key, PAYLOAD);
    }

    @AfterEach
    void stop() {
        module.close();
        tpm.close();
    }

    @Test
    void withTcsdStoppedTheAdviceIsToStartIt() {
        tpm.stopTcsd();

        for (int i = 0; i < 3; i++) {
            KeyModuleException failure = failureOf(() -> unwrap(module, key, encrypted));

            assertThat(failure.reason()).isEqualTo(Reason.SERVICE_UNAVAILABLE);
            assertThat(failure)
                    .hasMessageContaining(key)
                    .hasMessageContaining("Tspi_Context_Connect failed: Communication failure");
            assertThat(failure.advice()).contains("start tcsd");
            assertThat(failure.code()).isEqualTo(0x3011);
        }
    }

    @Test
    void afterARestartOfTcsdTheModuleContinues() throws Exception {
        tpm.stopTcsd();
        failureOf(() -> unwrap(module, key, encrypted));
        tpm.startTcsd();

        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void warmUpConnectsAndFailsWhileTcsdIsStopped() throws Exception {
        module.lock();
        tpm.stopTcsd();
        assertThat(failureOf(module::warmUp))
                .hasMessageContaining("Communication failure")
                .extracting(KeyModuleException::reason)
                .isEqualTo(Reason.SERVICE_UNAVAILABLE);
        tpm.startTcsd();

        module.warmUp();

        assertThat(module.status()).containsEntry("context", "connected to tcsd");
        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void aRestartOfTcsdBetweenTwoRequestsIsNotVisible() throws Exception {
        tpm.stopTcsd();
        tpm.startTcsd();

        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
        assertThat(unwrap(module, key, wrap(module, key, PAYLOAD))).isEqualTo(PAYLOAD);
        assertThat(module.status()).containsEntry("rebuilds", "1").containsEntry("failures", "0");
    }

    @Test
    void withTcsdFrozenInterruptedCallersReturnAndAFullQueueRefuses() throws Exception {
        // Of three files: the same one would be unsealed once for all three.
        byte[] firstFile = wrap(module, key, PAYLOAD);
        byte[] secondFile = wrap(module, key, PAYLOAD);
        tpm.freezeTcsd();
        Caller running = new Caller();
        await(() -> !module.status().get("running").equals("nothing"));
        Caller first = new Caller(firstFile);
        Caller second = new Caller(secondFile);
        await(() -> module.status().get("queued").equals("2"));

        KeyModuleException busy = failureOf(() -> wrap(module, key, PAYLOAD));
        assertThat(busy.reason()).isEqualTo(Reason.BUSY);
        assertThat(busy).hasMessageContaining("unseal with TPM key " + key);
        assertThat(module.status().get("running")).matches("unseal with TPM key " + key + ", for \\d+ ms");

        running.thread.interrupt();
        assertThat(running.failure().reason()).isEqualTo(Reason.TIMED_OUT);
        first.thread.interrupt();
        assertThat(first.failure().reason()).isEqualTo(Reason.TIMED_OUT);
        await(() -> module.status().get("queued").equals("1"));

        tpm.thawTcsd();
        assertThat(second.outcome()).isEqualTo(PAYLOAD);
        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void killingAHangingTcsdFailsTheRequestAndTheNextTcsdIsUsed() throws Exception {
        tpm.freezeTcsd();
        Caller running = new Caller();
        await(() -> !module.status().get("running").equals("nothing"));

        tpm.stopTcsd();
        assertThat(running.failure().reason()).isEqualTo(Reason.SERVICE_UNAVAILABLE);

        tpm.startTcsd();
        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void withTcsdFrozenLockReturnsAndTakesEffectLater() throws Exception {
        tpm.freezeTcsd();
        Caller running = new Caller();
        await(() -> !module.status().get("running").equals("nothing"));

        module.lock();
        assertThat(module.status()).containsEntry("keys_loaded", key);

        tpm.thawTcsd();
        assertThat(running.outcome()).isEqualTo(PAYLOAD);
        await(() -> module.status().get("keys_loaded").isEmpty());
    }

    @Test
    void anInterruptedCallersTaskDoesNotStart() {
        Thread.currentThread().interrupt();

        KeyModuleException failure = failureOf(() -> unwrap(module, key, encrypted));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
    }

    @Test
    void aKeyWhoseGeneratorWasInterruptedIsNotLeftRegistered() throws Exception {
        byte[] before = Files.readAllBytes(tpm.storage());
        tpm.freezeTcsd();
        BlockingQueue<KeyModuleException> failures = new LinkedBlockingQueue<>();
        Thread generating = new Thread(() -> failures.add(failureOf(() -> generate(module, 0))));
        generating.start();
        await(() -> module.status().get("running").startsWith("generate"));

        generating.interrupt();
        assertThat(failures.take().reason()).isEqualTo(Reason.TIMED_OUT);
        tpm.thawTcsd();

        await(() -> module.status().get("running").equals("nothing"));
        assertThat(module.status()).containsEntry("failures", "0");
        assertThat(Files.readAllBytes(tpm.storage())).isEqualTo(before);
        GeneratedKey next = generate(module, 0);
        assertThat(unwrap(module, next.value(), wrap(module, next.value(), PAYLOAD)))
                .isEqualTo(PAYLOAD);
    }

    /** A thread that waits for an unwrap. */
    private final class Caller {
        private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
        private final Thread thread;

        Caller() {
            this(encrypted);
        }

        Caller(byte[] encryptedKey) {
            thread = new Thread(() -> {
                try {
                    outcomes.add(unwrap(module, key, encryptedKey));
                } catch (KeyModuleException e) {
                    outcomes.add(e);
                }
            });
            thread.start();
        }

        Object outcome() throws InterruptedException {
            return outcomes.poll(60, TimeUnit.SECONDS);
        }

        KeyModuleException failure() throws InterruptedException {
            return (KeyModuleException) outcome();
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is over").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
