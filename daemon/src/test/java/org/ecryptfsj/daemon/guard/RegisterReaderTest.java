package org.ecryptfsj.daemon.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.daemon.guard.MountState.Condition;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.protector.Protectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On threads of its own. */
@Timeout(60)
class RegisterReaderTest {
    private static final Map<Integer, String> VALUES = Map.of(0, "aa");

    private final BlockingQueue<RegisterReading> results = new LinkedBlockingQueue<>();

    private static WatchedRegisters watched(String type) {
        return new WatchedRegisters(type, VALUES, Duration.ofSeconds(5));
    }

    private RegisterReading result() throws InterruptedException {
        RegisterReading result = results.poll(30, TimeUnit.SECONDS);
        assertThat(result).isNotNull();
        return result;
    }

    @Test
    void aTypeThatHangsKeepsUpNoOther() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        FakeRegisters hanging = new FakeRegisters("hanging").set(0, "bb");
        hanging.hangUntil(answer);
        FakeRegisters working = new FakeRegisters("working").set(0, "aa");
        try (RegisterReader reader = new RegisterReader(() -> Protectors.of(hanging, working))) {
            reader.read(watched("hanging"), results::add);
            reader.read(watched("working"), results::add);

            assertThat(result()).isEqualTo(new RegisterReading.Values(VALUES));
            answer.countDown();
            assertThat(result()).isEqualTo(new RegisterReading.Values(Map.of(0, "bb")));
        }
    }

    @Test
    void aDefectOfAProtectorAndProtectorsThatCannotBeLoadedAreFailures() throws Exception {
        FakeRegisters defect = new FakeRegisters("defect") {
            @Override
            public Map<Integer, String> registers(Set<Integer> numbers) {
                throw new IllegalStateException("defect");
            }
        };
        try (RegisterReader reader = new RegisterReader(() -> Protectors.of(defect))) {
            reader.read(watched("defect"), results::add);
            assertThat(result().toString()).contains("protector defect failed");
        }
        try (RegisterReader reader = new RegisterReader(() -> {
            throw new IOException("others may write to /modules");
        })) {
            reader.read(watched("fake"), results::add);
            assertThat(result().toString()).contains("cannot be loaded", "others may write to /modules");
        }
    }

    @Test
    void aReadingThatHangsBlocksNeitherChecksNorLockNorTheEndAndIsReported(@TempDir Path directory) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (GuardFixture fixture = new GuardFixture(directory.resolve("guard"))) {
            fixture.registers.hangUntil(never);
            fixture.restart(new RegisterReader(() -> Protectors.of(fixture.registers)));
            fixture.bound("/secret", 1, VALUES);
            fixture.mount("/other", 2);

            fixture.check();
            fixture.pass(11);

            assertThat(fixture.logged())
                    .filteredOn(line -> line.startsWith("WARN"))
                    .singleElement()
                    .asString()
                    .contains("PCR 0 of /secret cannot be read: no answer within 10 s");
            assertThat(fixture.guard().states())
                    .extracting(MountState::condition)
                    .containsExactlyInAnyOrder(Condition.UNREADABLE, Condition.NOT_WATCHED);
            assertThat(fixture.guard().lock().revoked()).hasSize(2);
        }
    }
}
