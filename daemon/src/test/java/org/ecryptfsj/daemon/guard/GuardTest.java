package org.ecryptfsj.daemon.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.ecryptfsj.daemon.guard.MountState.Condition;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.KernelKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {
    private static final Map<Integer, String> SEALED = Map.of(0, "aa", 4, "bb");

    @TempDir
    Path directory;

    private GuardFixture fixture;

    @BeforeEach
    void start() {
        fixture = new GuardFixture(directory.resolve("guard"));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private List<Condition> conditions() {
        return fixture.guard().states().stream().map(MountState::condition).toList();
    }

    @Test
    void aMountInItsStateKeepsItsKey() throws IOException {
        fixture.bound("/secret", 1, SEALED);

        fixture.pass(20);

        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.USABLE);
        assertThat(conditions()).containsExactly(Condition.GUARDED);
        assertThat(fixture.logged())
                .containsExactly("INFO guarding /secret (key file /etc/ecryptfsj/keys/secret.key):"
                        + " PCRs 0 and 4 are read every 5 s");
    }

    @Test
    void pcrsAreReadAtOnceAndThenOncePerInterval() throws IOException {
        fixture.bound("/secret", 1, SEALED);

        fixture.check();
        assertThat(fixture.registers.readings()).isEqualTo(1);
        fixture.pass(4);
        assertThat(fixture.registers.readings()).isEqualTo(1);
        fixture.pass(1);
        assertThat(fixture.registers.readings()).isEqualTo(2);
        fixture.pass(10);
        assertThat(fixture.registers.readings()).isEqualTo(4);
    }

    @Test
    void aChangedPcrRevokesTheKeyAndIsNamedOnce() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.check();
        fixture.logged();

        fixture.registers.set(4, "cc");
        fixture.pass(20);

        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.REVOKED);
        assertThat(conditions()).containsExactly(Condition.REVOKED);
        assertThat(fixture.registers.readings()).isEqualTo(2);
        assertThat(fixture.logged())
                .containsExactly("WARN PCR 4 is not what it was when /secret was mounted: its key was revoked (key file"
                        + " /etc/ecryptfsj/keys/secret.key). Files that the kernel does not have in its cache cannot be"
                        + " opened. To unlock: umount /secret, then mount it again");
    }

    @Test
    void severalChangedPcrsAreAllNamed() throws IOException {
        fixture.bound("/secret", 1, SEALED);

        fixture.registers.set(0, "cc").set(4, "cc");
        fixture.check();

        assertThat(fixture.logged()).anySatisfy(line -> assertThat(line)
                .startsWith("WARN PCRs 0 and 4 are not what they were when /secret was mounted: "));
    }

    @Test
    void withoutADaemonKeysAreRevokedByTheRecordsOfTheirMounts() throws IOException {
        UUID chosen = fixture.mount("/one", 1).id();
        fixture.mount("/two", 2);
        Revocation revocation = new Revocation(fixture.mounts, fixture.keys);

        assertThat(revocation.lock(Set.of(chosen)).revoked())
                .extracting(GuardedMount::mountPoint)
                .containsExactly(Path.of("/one"));
        assertThat(fixture.keys.of(2)).isEqualTo(KernelKey.State.USABLE);

        fixture.keys.refuseRevoking(2);
        assertThat(revocation.lock(Set.of()).failures())
                .singleElement()
                .asString()
                .startsWith("the key of /two cannot be revoked")
                .contains("What to do: umount /two");
    }

    @Test
    void aChangeWhileNoDaemonRanIsFoundAtTheStart() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.check();
        fixture.registers.set(0, "cc");

        fixture.restart();
        fixture.check();

        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.REVOKED);
    }

    @Test
    void aRevokedMountStaysListedUntilItIsUnmountedAlsoAfterARestart() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.registers.set(0, "cc");
        fixture.check();
        fixture.registers.set(0, "aa");
        fixture.logged();

        fixture.restart();
        fixture.pass(10);

        assertThat(conditions()).containsExactly(Condition.REVOKED);
        assertThat(fixture.logged())
                .filteredOn(line -> line.contains("is revoked already"))
                .singleElement()
                .asString()
                .contains("umount /secret");
        fixture.keys.set(1, KernelKey.State.GONE);
        fixture.check();
        assertThat(conditions()).isEmpty();
        assertThat(fixture.mounts.names()).isEmpty();
    }

    @Test
    void theRecordOfAnUnmountedMountIsRemoved() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.check();
        fixture.logged();

        fixture.keys.set(1, KernelKey.State.GONE);
        fixture.pass(2);

        assertThat(conditions()).isEmpty();
        assertThat(fixture.mounts.names()).isEmpty();
        assertThat(fixture.logged()).containsExactly("INFO /secret is unmounted and not guarded any more");
    }

    @Test
    void aNewMountIsNoticedAtTheNextCheckAndOthersAreKept() throws IOException {
        fixture.bound("/one", 1, SEALED);
        fixture.check();

        fixture.mount("/two", 2);
        fixture.pass(1);

        assertThat(conditions()).containsExactly(Condition.GUARDED, Condition.NOT_WATCHED);
    }

    @Test
    void aRecordThatTheMountHelperRemovesIsNotWatchedAnyMore() throws IOException {
        GuardedMount mount = fixture.bound("/secret", 1, SEALED);
        fixture.check();

        fixture.mounts.remove(mount.id());
        fixture.pass(1);

        assertThat(conditions()).isEmpty();
        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.USABLE);
    }

    @Test
    void unreadablePcrsKeepTheKeyAndAreReportedOnceAtTheBeginningAndTheEnd() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.check();
        fixture.logged();

        fixture.registers.fail("tcsd does not answer");
        fixture.pass(30);

        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.USABLE);
        MountState state = fixture.guard().states().get(0);
        assertThat(state.condition()).isEqualTo(Condition.UNREADABLE);
        assertThat(state.unreadable().orElseThrow().reason()).isEqualTo("tcsd does not answer. What to do: start tcsd");
        assertThat(fixture.logged())
                .containsExactly("WARN PCRs 0 and 4 of /secret cannot be read: tcsd does not answer. What to do: start"
                        + " tcsd. The key stays; a change is not noticed until they can be read");

        fixture.registers.recover();
        fixture.pass(10);
        assertThat(conditions()).containsExactly(Condition.GUARDED);
        assertThat(fixture.logged())
                .singleElement()
                .asString()
                .startsWith("INFO PCRs 0 and 4 of /secret can be read again after ");
    }

    @Test
    void aChangeWhilePcrsWereUnreadableIsFoundAfterwards() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.registers.fail("tcsd does not answer");
        fixture.check();

        fixture.registers.set(0, "cc");
        fixture.registers.recover();
        fixture.pass(5);

        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.REVOKED);
    }

    @Test
    void aProtectorThatIsNotInstalledOrReturnsTooFewPcrsLeavesThemUnreadable() throws IOException {
        fixture.mount("/other", 1, Optional.of(new WatchedRegisters("absent", SEALED, Duration.ofSeconds(5))));
        fixture.bound("/secret", 2, Map.of(0, "aa", 7, "dd"));

        fixture.check();

        assertThat(fixture.guard().states())
                .extracting(state -> state.unreadable().orElseThrow().reason())
                .anySatisfy(reason -> assertThat(reason).contains("no protector of type absent is installed"))
                .anySatisfy(reason -> assertThat(reason).contains("returned PCRs [0] only"));
    }

    @Test
    void lockRevokesAllKeysAndThoseThatAreBoundToNoPcr() throws IOException {
        fixture.bound("/one", 1, SEALED);
        fixture.mount("/two", 2);

        LockResult lock = fixture.guard().lock();

        assertThat(lock.revoked())
                .extracting(mount -> mount.mountPoint().toString())
                .containsExactlyInAnyOrder("/one", "/two");
        assertThat(lock.failures()).isEmpty();
        assertThat(conditions()).containsOnly(Condition.REVOKED);
    }

    @Test
    void lockOfOneMountLeavesTheOthersAlone() throws IOException {
        fixture.mount("/one", 1);
        GuardedMount two = fixture.mount("/two", 2);

        LockResult lock = fixture.guard().lock(Set.of(two.id()));

        assertThat(lock.revoked()).containsExactly(two);
        assertThat(fixture.keys.of(1)).isEqualTo(KernelKey.State.USABLE);
        assertThat(fixture.keys.of(2)).isEqualTo(KernelKey.State.REVOKED);
    }

    @Test
    void lockOfAnUnknownMountIsAFailure() {
        UUID unknown = UUID.randomUUID();

        LockResult lock = fixture.guard().lock(Set.of(unknown));

        assertThat(lock.revoked()).isEmpty();
        assertThat(lock.failures()).singleElement().asString().contains(unknown.toString());
    }

    @Test
    void aKeyThatCannotBeRevokedIsReportedAndTriedAgain() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        fixture.keys.refuseRevoking(1);
        fixture.registers.set(0, "cc");

        fixture.pass(20);

        assertThat(conditions()).containsExactly(Condition.GUARDED);
        assertThat(fixture.registers.readings()).isEqualTo(4);
        assertThat(fixture.logged())
                .filteredOn(line -> line.startsWith("ERROR"))
                .singleElement()
                .asString()
                .contains("PCR 0 is not what it was", "cannot be revoked", "EACCES", "umount /secret");
        assertThat(fixture.guard().lock().failures())
                .singleElement()
                .asString()
                .contains("/secret", "EACCES", "What to do:");
    }

    @Test
    void ofTwoKeysTheOneThatCanBeRevokedIs() throws IOException {
        Signature signature = new Signature("0123456789abcdef");
        fixture.keys.set(1, KernelKey.State.USABLE);
        fixture.keys.set(2, KernelKey.State.USABLE);
        fixture.keys.refuseRevoking(1);
        fixture.mounts.write(new GuardedMount(
                UUID.randomUUID(),
                List.of(new KernelKey(1, signature), new KernelKey(2, signature)),
                Path.of("/secret"),
                Path.of("/lower"),
                Optional.empty(),
                Optional.empty()));

        LockResult lock = fixture.guard().lock();

        assertThat(lock.revoked()).isEmpty();
        assertThat(lock.failures()).hasSize(1);
        assertThat(fixture.keys.of(2)).isEqualTo(KernelKey.State.REVOKED);
    }

    @Test
    void aDamagedRecordIsReportedOnceAndByLock() throws IOException {
        fixture.mount("/secret", 1);
        Files.writeString(directory.resolve("guard/00000000-0000-4000-8000-000000000000.json"), "{");
        fixture.pass(5);

        assertThat(fixture.logged())
                .filteredOn(line -> line.startsWith("WARN"))
                .singleElement()
                .asString()
                .contains("00000000-0000-4000-8000-000000000000.json is not used");
        LockResult lock = fixture.guard().lock();
        assertThat(lock.revoked()).hasSize(1);
        assertThat(lock.failures()).hasSize(1);
    }

    @Test
    void aDirectoryThatOthersMayWriteIsReportedOnceAndReadWhenItIsCorrected() throws IOException {
        fixture.bound("/secret", 1, SEALED);
        Path records = directory.resolve("guard");
        Files.setPosixFilePermissions(records, PosixFilePermissions.fromString("rwxrwxrwx"));

        fixture.pass(5);
        assertThat(conditions()).isEmpty();
        assertThat(fixture.logged()).singleElement().asString().contains("others may write to");

        Files.setPosixFilePermissions(records, PosixFilePermissions.fromString("rwx------"));
        fixture.pass(1);
        assertThat(conditions()).containsExactly(Condition.GUARDED);
    }

    @Test
    void controlCharactersOfAMountPointDoNotReachTheLog() throws IOException {
        fixture.mount("/a\nb", 1);

        fixture.check();

        assertThat(fixture.logged())
                .singleElement()
                .asString()
                .contains("/a\\x0ab")
                .doesNotContain("\n");
    }
}
