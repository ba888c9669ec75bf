package org.ecryptfsj.tools.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyDerivation;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.RecoveryProtector;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.keyring.KernelKey;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.keyfile.TpmKeyFile;
import org.ecryptfsj.tools.machine.FakeKeyringView;
import org.ecryptfsj.tools.machine.FakeMachine;
import org.ecryptfsj.tools.machine.FakeTpm;
import org.ecryptfsj.tools.machine.FakeTpmProtector;
import org.ecryptfsj.tools.mount.GuardNotice;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a key file, a protector or a guarded mount is named, and nothing else. */
class KeyFileDiagnosisTest {
    private static final String CONFIG = "/etc/default/ecryptfs-tpm-mount";
    private static final String KEY_FILE = "/etc/ecryptfsj/keys/secret.key";
    private static final String SETTINGS = "KEY_FILE=\"" + KEY_FILE + "\"\nSRC_PATH=/lower\nMOUNT_POINT=/secret\n";
    private static final String KEY = "0123456789abcdef0123456789abcdee";
    private static final Signature SIGNATURE = new Signature("00112233aabbccdd");

    @TempDir
    private Path root;

    private FakeMachine tree;
    private final FakeTpm chip = new FakeTpm(FakeMachine.UUID, KEY);
    private final KeyModules modules = KeyModules.of(chip, new PassphraseKeyModule());
    private final Protectors protectors = Protectors.of(new FakeTpmProtector(chip), new RecoveryProtector());

    @BeforeEach
    void aMachineWithAKeyFile() throws Exception {
        tree = FakeMachine.inOrder(root).file(CONFIG, SETTINGS).directory("/etc/ecryptfsj/keys");
        try (TpmKeyFile made = TpmKeyFile.create("/secret", KEY, protectors, modules)) {
            new KeyFileStore().create(tree.at(KEY_FILE), made.content());
        }
    }

    private List<Finding> findings(Verdict verdict) throws IOException {
        return Diagnosis.of(tree.machine(), new FakeKeyringView(true, false), modules, protectors, false)
                .of(verdict);
    }

    private void assertOne(Verdict verdict, String check, String what, String fix) throws IOException {
        List<Finding> found = findings(verdict).stream()
                .filter(finding -> verdict == Verdict.PROBLEM || finding.check().equals(check))
                .toList();
        assertThat(found).extracting(Finding::check).containsExactly(check);
        assertThat(found.get(0).what()).contains(what);
        assertThat(found.get(0).cause()).isNotEmpty();
        assertThat(found.get(0).fix()).contains(fix);
    }

    @Test
    void aKeyFileInOrderIsNoProblem() throws Exception {
        assertThat(findings(Verdict.PROBLEM)).isEmpty();
        assertThat(findings(Verdict.OK))
                .extracting(Finding::what)
                .contains(
                        KEY_FILE + " is for root only, and has 2 protectors",
                        "protector 1 (tspi) of " + KEY_FILE + " has no known obstacle: TPM key " + KEY,
                        "protector 2 (recovery) of " + KEY_FILE + " has no known obstacle: a recovery code",
                        CONFIG + ": /lower is mounted at /secret at boot");
    }

    @Test
    void mountsWithKeyFilesNeedNoDaemonAndThoseOfTheBlueprintDo() throws Exception {
        tree.withoutProcess(FakeMachine.DAEMON).without("/run/ecryptfsd.pid");
        assertThat(findings(Verdict.PROBLEM)).isEmpty();
        assertThat(findings(Verdict.SKIPPED))
                .extracting(Finding::what)
                .contains("no ecryptfsd is running, and the configured mounts open files without it");

        tree.file("/etc/fstab", "/lower /secret ecryptfs key=tspi:tspi_uuid=" + KEY + " 0 0\n");
        assertThat(findings(Verdict.PROBLEM)).extracting(Finding::what).contains("no ecryptfsd is running");
    }

    @Test
    void aLineOfFstabWithAKeyFileIsComplete() throws Exception {
        tree.file("/etc/fstab", "/lower /secret ecryptfs key=keyfile:keyfile=" + KEY_FILE + ",noask 0 0\n");

        assertThat(findings(Verdict.PROBLEM)).isEmpty();
        assertThat(findings(Verdict.OK)).extracting(Finding::check).contains("fstab");
    }

    @Test
    void aKeyFileThatAConfigurationNamesAndThatIsNotThereIsNamed() throws Exception {
        tree.without(KEY_FILE);
        assertOne(
                Verdict.PROBLEM,
                "key-file",
                KEY_FILE + " does not exist, but " + CONFIG + " names it",
                "from a backup");

        tree.file(
                CONFIG,
                SETTINGS.replace("KEY_FILE=", "MOUNT_OPTIONS=key=keyfile:keyfile=")
                        .replace("\"", ""));
        assertOne(
                Verdict.PROBLEM,
                "key-file",
                KEY_FILE + " does not exist, but " + CONFIG + " names it",
                "from a backup");

        tree.without(CONFIG)
                .file("/etc/fstab", "/lower /secret ecryptfs key=keyfile:keyfile=" + KEY_FILE + ",noask 0 0\n");
        assertOne(Verdict.PROBLEM, "key-file", KEY_FILE + " does not exist, but /etc/fstab names it", "from a backup");
    }

    @Test
    void aKeyFileThatOthersCanReplaceIsAProblem() throws Exception {
        tree.mode(KEY_FILE, "rw-rw----");
        assertOne(Verdict.PROBLEM, "key-file", KEY_FILE + " is not safe: others may write to", "chmod");

        tree.mode(KEY_FILE, "rw-------").mode("/etc/ecryptfsj/keys", "rwxrwxrwx");
        assertOne(Verdict.PROBLEM, "key-file", KEY_FILE + " is not safe: others may write to", "chmod");
    }

    @Test
    void aKeyFileThatOthersCanReadIsAWarning() throws Exception {
        tree.mode(KEY_FILE, "rw-r--r--");

        assertThat(findings(Verdict.PROBLEM)).isEmpty();
        assertOne(Verdict.WARNING, "key-file", "others may read " + KEY_FILE + " (mode 644)", "chmod 600 " + KEY_FILE);
    }

    @Test
    void aFileThatIsNoKeyFileIsAProblem() throws Exception {
        Files.writeString(tree.at(KEY_FILE), "{\"format\": 1}");

        assertOne(Verdict.PROBLEM, "key-file", KEY_FILE + " cannot be used: ", "");
    }

    @Test
    void aKeyFileThatOnlyTheTpmUnlocksIsAWarning() throws Exception {
        tree.without(KEY_FILE);
        CipherChoice aes = new CipherChoice("aes", 32);
        try (MountSecret secret = MountSecret.random(true);
                UnlockedKeyFile made = UnlockedKeyFile.create(
                        secret,
                        new NewMount(aes, Optional.of(aes), false),
                        "",
                        Instant.now(),
                        KeyDerivation.of(new PassphraseKeyModule()))) {
            made.add("tspi", "", JsonObject.empty().with("key", KEY).with("sealed", new byte[32]), Instant.now());
            new KeyFileStore().create(tree.at(KEY_FILE), made.file());
        }

        assertOne(
                Verdict.WARNING,
                "key-file",
                KEY_FILE + " has no recovery code and no passphrase",
                "ecryptfs-key add " + KEY_FILE + " --recovery");
    }

    @Test
    void aProtectorThatCannotBeUsedIsAProblem() throws Exception {
        chip.remove(KEY, Duration.ofSeconds(1));

        List<Finding> problems = findings(Verdict.PROBLEM);

        assertThat(problems).extracting(Finding::check).containsExactly("key-protector");
        assertThat(problems.get(0).what())
                .isEqualTo(
                        "protector 1 (tspi) of " + KEY_FILE + " cannot be used now: TPM key " + KEY + " is not there");
        assertThat(problems.get(0).cause()).isEqualTo("it needs TPM key " + KEY);
    }

    @Test
    void aTpmThatDoesNotWorkIsNamedOnce() throws Exception {
        chip.failWith(Reason.SERVICE_UNAVAILABLE, "Communication failure", "", 0x3011);

        assertThat(findings(Verdict.PROBLEM)).extracting(Finding::check).containsExactly("tcsd-answers");
        assertThat(findings(Verdict.SKIPPED))
                .extracting(Finding::what)
                .contains("protector 1 (tspi) of " + KEY_FILE + ": the TPM does not work");
    }

    @Test
    void aKeyFileWithoutATpmNeedsNone() throws Exception {
        FakeMachine bare = new FakeMachine(root.resolve("bare")).withModprobe();
        bare.file(CONFIG, SETTINGS);

        assertThat(Diagnosis.of(bare.machine(), new FakeKeyringView(true, true), modules, protectors, false)
                        .of(Verdict.PROBLEM))
                .extracting(Finding::check)
                .doesNotContain("tpm", "tcsd");
    }

    @Test
    void aConfigurationWithTwoKeysIsAProblem() throws Exception {
        tree.file(CONFIG, "TSPI_UUID=" + FakeMachine.UUID + "\n" + SETTINGS);

        assertOne(Verdict.PROBLEM, "boot-config", "sets both TSPI_UUID and KEY_FILE", "remove one of them");
    }

    private void mountGuarded() throws IOException {
        tree.file("/proc/self/mounts", "/lower /secret ecryptfs rw,ecryptfs_sig=" + SIGNATURE.hex() + " 0 0\n");
        new GuardedMounts(tree.at(GuardedMounts.DIRECTORY))
                .write(new GuardedMount(
                        UUID.randomUUID(),
                        List.of(new KernelKey(1, SIGNATURE)),
                        Path.of("/secret"),
                        Path.of("/lower"),
                        Optional.of(Path.of(KEY_FILE)),
                        Optional.of(new WatchedRegisters(
                                "tspi", Map.of(0, "00".repeat(20), 2, "12".repeat(20)), Duration.ofSeconds(5)))));
    }

    @Test
    void aMountThatNoDaemonWatchesIsAProblem() throws Exception {
        mountGuarded();

        assertOne(
                Verdict.PROBLEM, "guarded-mounts", "no ecryptfsd runs that watches PCR 0, 2 for /secret", "ecryptfsd");
    }

    @Test
    void aMountThatADaemonWatchesIsInOrder() throws Exception {
        mountGuarded();
        try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            daemon.bind(UnixDomainSocketAddress.of(tree.at(GuardNotice.CONTROL_SOCKET)));

            assertThat(findings(Verdict.PROBLEM)).isEmpty();
            assertThat(findings(Verdict.OK))
                    .extracting(Finding::what)
                    .contains("ecryptfsd watches PCR 0, 2 for /secret", "only the kernel holds the keys of /secret");
        }
    }

    @Test
    void recordsThatOthersCouldHaveWrittenAreAProblem() throws Exception {
        mountGuarded();
        tree.mode(GuardedMounts.DIRECTORY, "rwxrwxrwx");

        assertThat(findings(Verdict.PROBLEM)).extracting(Finding::check).contains("guarded-mounts");
    }
}
