package org.ecryptfsj.tools.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.ecryptfsj.tools.machine.FakeMachine.DAEMON;
import static org.ecryptfsj.tools.machine.FakeMachine.TCSD;
import static org.ecryptfsj.tools.machine.FakeMachine.UUID;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keyfile.RecoveryProtector;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.machine.FakeKeyringView;
import org.ecryptfsj.tools.machine.FakeMachine;
import org.ecryptfsj.tools.machine.FakeTpm;
import org.ecryptfsj.tools.machine.FakeTpmProtector;
import org.ecryptfsj.tools.machine.KeyringView;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way to be broken is named, and nothing else. Tests run as root, whose files a machine's are. */
class DiagnosisTest {
    private static final KeyringView GOOD_KEYS = new FakeKeyringView(true, true);
    private static final String CONFIG = "/etc/default/ecryptfs-tpm-mount";
    private static final String COMPLETE = "ecryptfs_cipher=aes,ecryptfs_key_bytes=16";

    @TempDir
    private Path root;

    private FakeMachine tree;
    private final FakeTpm chip = new FakeTpm(UUID);
    private final Protectors protectors = Protectors.of(new FakeTpmProtector(chip), new RecoveryProtector());

    @BeforeEach
    void aMachineInOrder() {
        tree = FakeMachine.inOrder(root);
    }

    @Test
    void theLimitsOfTheDaemonAreTold() throws Exception {
        assertThat(run(GOOD_KEYS).of(Verdict.OK))
                .extracting(Finding::what)
                .anyMatch(what -> what.contains("stall limit 30 s, deadline none"));

        tree.process(DAEMON, "java", "java org.ecryptfsj.daemon.Ecryptfsd --stall-limit=90 --deadline 20", 'S');

        assertThat(run(GOOD_KEYS).of(Verdict.OK))
                .extracting(Finding::what)
                .anyMatch(what -> what.contains("stall limit 90 s, deadline 20 s"));
    }

    @Test
    void withoutModprobeItsSettingsAreNotGuessed() throws Exception {
        tree.without("/sbin/modprobe");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(run(GOOD_KEYS).of(Verdict.SKIPPED))
                .filteredOn(finding -> finding.what().contains("modprobe is not installed"))
                .extracting(Finding::check)
                .containsExactly("kernel-timeout", "kernel-verbosity");
    }

    @Test
    void aMachineInOrderHasNoProblem() throws Exception {
        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(run(GOOD_KEYS).of(Verdict.OK)).hasSizeGreaterThan(18);
    }

    @Test
    void whatStartsTheDaemonAgainIsNoSecondOne() throws Exception {
        tree.process(1234, "ecryptfsd", "/bin/sh /usr/bin/ecryptfsd", 'S')
                .link("/proc/1234/fd/9", "/dev/ecryptfs")
                .file("/proc/" + DAEMON + "/stat", DAEMON + " (java) S 1234 1 1\n")
                .file("/run/ecryptfsd.pid", "1234");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
    }

    private static FakeMachine wantsLogin(FakeMachine tree) {
        return tree.file("/home/alice/.ecryptfs/auto-mount", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "optional pam_ecryptfs.so unwrap",
                "[success=ok default=ignore] /lib/x86_64-linux-gnu/security/pam_ecryptfs.so",
                "optional pam_exec.so seteuid quiet /usr/bin/ecryptfs-pam"
            })
    void aLoginThatOpensDirectoriesIsInOrder(String line) throws Exception {
        wantsLogin(tree)
                .file("/etc/pam.d/common-auth", "-auth " + line + "\n")
                .file("/etc/pam.d/common-session", "session\t" + line + "\n")
                .file("/lib/x86_64-linux-gnu/security/pam_ecryptfs.so", "");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(run(GOOD_KEYS).of(Verdict.OK))
                .anyMatch(finding -> finding.what().contains("directories of alice"));
    }

    @Test
    void aServiceThatOnlyOneOfBothIsInTakesNoUsersVariables() throws Exception {
        tree.file("/etc/pam.d/sshd", "session required pam_env.so user_readenv=1\n")
                .file(
                        "/etc/pam.d/login",
                        """
                        @include login
                        session optional pam_exec.so seteuid /usr/bin/ecryptfs-pam
                        session required pam_env.so user_readenv=0 # user_readenv=1
                        """);

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(run(GOOD_KEYS).of(Verdict.OK)).extracting(Finding::check).contains("pam-environment");
    }

    static Stream<Arguments> brokenMachines() {
        return Stream.of(
                broken("kernel-module", "modprobe ecryptfs", t -> t.without("/sys/fs/ecryptfs/version")),
                broken("kernel-module", "has no eCryptfs", t -> t.without("/sys/fs/ecryptfs/version")
                        .file("/lib/modules/6.1.0-1-amd64/modules.dep", "kernel/fs/ext4/ext4.ko:\n")),
                broken("kernel-module", "forbids", t -> t.without("/sys/fs/ecryptfs/version")
                        .file("/etc/modprobe.d/no.conf", "install ecryptfs /bin/false\n")),
                broken(
                        "kernel-interface",
                        "CONFIG_ECRYPT_FS_MESSAGING",
                        t -> t.file("/sys/fs/ecryptfs/version", "309\n")),
                broken(
                        "kernel-timeout",
                        "3600 s",
                        t -> t.file("/etc/modprobe.d/z.conf", "options ecryptfs ecryptfs_message_wait_timeout=3600\n")),
                broken("kernel-timeout", "waits 3 s", t -> t.without("/etc/modprobe.d/ecryptfsj.conf")),
                broken(
                        "kernel-verbosity",
                        "logs secret keys",
                        t -> t.file("/etc/modprobe.d/loud.conf", "options ecryptfs \\\n  ecryptfs_verbosity=1\n")),
                broken("device", "does not exist", t -> t.without("/dev/ecryptfs")),
                broken("device", "mode 666", t -> t.mode("/dev/ecryptfs", "rw-rw-rw-")),
                broken("daemon", "no ecryptfsd is running", t -> t.withoutProcess(DAEMON)
                        .without("/run/ecryptfsd.pid")),
                broken(
                        "daemon",
                        "kill -CONT 200",
                        t -> t.process(DAEMON, "java", "java org.ecryptfsj.daemon.Ecryptfsd", 'T')),
                broken("daemon", "the supervisor of ecryptfsd is stopped", t -> t.process(
                                1234, "ecryptfsd", "/bin/sh /usr/bin/ecryptfsd", 'T')
                        .link("/proc/1234/fd/9", "/dev/ecryptfs")
                        .file("/proc/" + DAEMON + "/stat", DAEMON + " (java) S 1234 1 1\n")
                        .file("/run/ecryptfsd.pid", "1234")),
                broken("daemon", "ecryptfs-utils", t -> t.process(300, "ecryptfsd", "ecryptfsd", 'S')
                        .link("/proc/300/fd/4", "/dev/ecryptfs")),
                broken("pam-environment", "/etc/pam.d/sshd", t -> t.file(
                                "/etc/pam.d/common-session",
                                "session optional pam_exec.so seteuid \\\n  quiet /usr/bin/ecryptfs-pam\n")
                        .file(
                                "/etc/pam.d/sshd",
                                "@include common-session\nsession required pam_env.so user_readenv=1"
                                        + " envfile=/etc/l\n")),
                broken("pam-environment", "/etc/pam.d/login", t -> t.file(
                                "/etc/pam.d/system",
                                "auth required pam_env.so user_readenv=1\n#session optional pam_exec.so ecryptfs-pam\n")
                        .file(
                                "/etc/pam.d/login",
                                "-auth optional pam_exec.so seteuid /usr/bin/ecryptfs-pam\nauth substack system\n")),
                broken("pid-file", "is stale", t -> t.file("/run/ecryptfsd.pid", "4194303")),
                broken("tpm", "version 2.0", t -> t.file("/sys/class/tpm/tpm0/tpm_version_major", "2\n")),
                broken("tpm-state", "disabled", t -> t.file("/sys/class/tpm/tpm0/enabled", "0\n")),
                broken("tpm-state", "deactivated", t -> t.file("/sys/class/tpm/tpm0/active", "0\n")),
                broken("tpm-state", "deactivated", t -> t.file("/sys/class/tpm/tpm0/temp_deactivated", "1\n")),
                broken("tpm-owner", "tpm_takeownership -z", t -> t.file("/sys/class/tpm/tpm0/owned", "0\n")),
                broken("tcsd", "tcsd is not running", t -> t.withoutProcess(TCSD)),
                broken("tcsd", "apt-get install trousers", t -> t.withoutProcess(TCSD)
                        .without("/usr/sbin/tcsd")),
                broken("tcsd", "kill -CONT 100", t -> t.process(TCSD, "tcsd", "tcsd", 'T')),
                broken("tcsd-conf", "chmod 640", t -> t.mode("/etc/tcsd.conf", "rw-r--r--")),
                broken("tcsd-storage", "is missing", t -> t.without("/var/lib/tpm/system.data")),
                broken("tcsd-storage", "mode 644", t -> t.mode("/var/lib/tpm/system.data", "rw-r--r--")),
                broken(
                        "keyring-quota",
                        "Disk quota exceeded",
                        t -> t.file("/proc/key-users", "    0:    5 4/4 4/1000000 24999999/25000000\n")),
                broken("mount-helper", "does not exist", t -> t.without("/sbin/mount.ecryptfs")),
                broken("mount-helper", "belongs to ecryptfs-utils", t -> t.without("/sbin/mount.ecryptfs")
                        .file("/sbin/mount.ecryptfs", "\177ELF")),
                broken("mount-helper", "is not executable", t -> t.mode("/lib/ecryptfsj/launch", "rw-r--r--")),
                broken(
                        "mount-helper",
                        "users other than root can change it",
                        t -> t.mode("/lib/ecryptfsj/launch", "rwxrwxr-x")),
                broken(
                        "mount-helper",
                        "users other than root can change it",
                        t -> t.mode("/lib/ecryptfsj", "rwxrwxrwx")),
                broken("boot-config", "does not set SRC_PATH, MOUNT_POINT", t -> t.file(CONFIG, "TSPI_UUID=" + UUID)),
                broken(
                        "boot-config",
                        "missing directory: /nowhere",
                        t -> t.file(CONFIG, "TSPI_UUID=" + UUID + "\nSRC_PATH=/lower\nMOUNT_POINT=/nowhere\n")),
                broken(
                        "boot-enabled",
                        "update-rc.d ecryptfs-tpm-mount defaults",
                        t -> t.without("/etc/rc2.d/S01ecryptfs-tpm-mount")),
                broken("fstab", "did you mean ecryptfs_cipher?", fstab("noauto,ecryptfs_ciper=aes")),
                broken("fstab", "but no ecryptfs_sig=", fstab("user,noauto,key=passphrase")),
                broken("fstab", "has no key", fstab(COMPLETE)),
                broken("fstab", "does not set the cipher", fstab("key=passphrase:passphrase_passwd_file=/f")),
                broken(
                        "fstab",
                        "missing directory: /elsewhere",
                        t -> t.file("/etc/fstab", "/elsewhere /secret ecryptfs noauto 0 0\n")),
                broken("login", "has no line of type auth", t -> wantsLogin(t)),
                broken("login", "has no line of type session", t -> wantsLogin(t)
                        .file("/etc/pam.d/common-auth", "auth optional pam_ecryptfs.so unwrap\n")
                        .file("/etc/pam.d/common-session", "#session optional pam_ecryptfs.so unwrap\n")),
                broken("login", "which is not installed", t -> wantsLogin(t)
                        .file("/etc/pam.d/common-auth", "auth optional pam_ecryptfs.so unwrap\n")
                        .file("/etc/pam.d/common-session", "session optional pam_ecryptfs.so unwrap\n")),
                broken(
                        "swap",
                        "ecryptfs-setup-swap",
                        t -> t.file("/proc/swaps", "Filename\n/dev/vdb partition 1 0 -2\n")));
    }

    private static Consumer<FakeMachine> fstab(String options) {
        return tree -> tree.file("/etc/fstab", "/lower /secret ecryptfs " + options + " 0 0\n");
    }

    private static Arguments broken(String check, String words, Consumer<FakeMachine> breaking) {
        return arguments(check, words, breaking);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("brokenMachines")
    void aBrokenMachineIsNamed(String check, String words, Consumer<FakeMachine> breaking) throws Exception {
        breaking.accept(tree);

        List<Finding> problems = run(GOOD_KEYS).of(Verdict.PROBLEM);

        assertThat(problems).extracting(Finding::check).containsOnly(check);
        assertThat(problems.stream().map(EcryptfsDoctor::line).collect(Collectors.joining()))
                .contains(words)
                .contains("  Why: ")
                .contains("  What to do: ");
    }

    static Stream<Arguments> weakSysctls() {
        return Stream.of(
                broken(
                        "sysctl-protected",
                        "fs.protected_symlinks is 0",
                        t -> t.file("/proc/sys/fs/protected_symlinks", "0\n")),
                broken(
                        "sysctl-protected",
                        "fs.protected_hardlinks is 0",
                        t -> t.file("/proc/sys/fs/protected_hardlinks", "0\n")),
                broken(
                        "sysctl-protected",
                        "fs.protected_fifos is 0",
                        t -> t.file("/proc/sys/fs/protected_fifos", "0\n")),
                broken(
                        "sysctl-protected",
                        "this kernel has no fs.protected_regular",
                        t -> t.without("/proc/sys/fs/protected_regular")),
                broken(
                        "sysctl-ptrace",
                        "sysctl -p /etc/sysctl.d/60-ecryptfsj.conf",
                        t -> t.file("/proc/sys/kernel/yama/ptrace_scope", "0\n")),
                broken(
                        "sysctl-ptrace",
                        "this kernel has no kernel.yama.ptrace_scope",
                        t -> t.without("/proc/sys/kernel/yama/ptrace_scope")),
                broken("sysctl-core", "a file of that user", t -> t.file("/proc/sys/fs/suid_dumpable", "1\n")),
                broken("sysctl-core", "its working directory", t -> t.file("/proc/sys/fs/suid_dumpable", "2\n")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("weakSysctls")
    void aSettingThatLetsUsersIntoOthersProgramsIsAWarning(String check, String words, Consumer<FakeMachine> weakening)
            throws Exception {
        assertThat(run(GOOD_KEYS).of(Verdict.WARNING))
                .extracting(Finding::check)
                .doesNotContain(check);
        weakening.accept(tree);

        List<Finding> warnings = run(GOOD_KEYS).of(Verdict.WARNING).stream()
                .filter(finding -> finding.check().startsWith("sysctl-"))
                .toList();

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(warnings).extracting(Finding::check).containsExactly(check);
        assertThat(EcryptfsDoctor.line(warnings.get(0)))
                .contains(words)
                .contains("  Why: ")
                .contains("  What to do: ");
    }

    @Test
    void coresThatAHandlerTakesAreNoWarning() throws Exception {
        tree.file("/proc/sys/fs/suid_dumpable", "2\n").file("/proc/sys/kernel/core_pattern", "|/usr/lib/handler %p\n");

        assertThat(run(GOOD_KEYS).of(Verdict.WARNING))
                .extracting(Finding::check)
                .doesNotContain("sysctl-core");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments(Reason.AUTHENTICATION, 1, "the secret of the storage root key (SRK) is not configured"),
                arguments(Reason.NOT_READY, 0x803, "the TPM is locked after too many wrong secrets"),
                arguments(Reason.WRONG_PCR_STATE, 0, "the PCR values differ from those at its creation"),
                arguments(Reason.KEY_NOT_FOUND, 0x3020, "is not in the key storage"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aKeyThatCannotBeUsedIsNamedWithTheReason(Reason reason, int code, String words) throws Exception {
        chip.failWith(reason, "the TPM says so", "Do that.", code);

        List<Finding> problems = run(GOOD_KEYS).of(Verdict.PROBLEM);

        assertThat(problems).extracting(Finding::check).containsExactly("tpm-key");
        assertThat(problems.get(0).what()).contains(UUID).contains(CONFIG).contains(words);
        assertThat(problems.get(0).cause()).isEqualTo("the TPM says so");
        assertThat(problems.get(0).fix()).isNotEmpty();
    }

    @Test
    void aTcsdThatDoesNotAnswerIsToldFromOneThatIsNotThere() throws Exception {
        chip.failWith(Reason.SERVICE_UNAVAILABLE, "Communication failure", "", 0x3011);

        List<Finding> problems = run(GOOD_KEYS).of(Verdict.PROBLEM);

        assertThat(problems).extracting(Finding::check).containsExactly("tcsd-answers");
        assertThat(problems.get(0).what()).isEqualTo("tcsd is running but does not answer");
    }

    @Test
    void aTcsdThatCannotStartIsToldFromOneThatWasNotStarted() throws Exception {
        tree.withoutProcess(TCSD);
        chip.failWith(Reason.NOT_READY, "its storage is damaged", "Restore it.", 0x3011);

        List<Finding> problems = run(GOOD_KEYS).of(Verdict.PROBLEM);

        assertThat(problems).extracting(Finding::check).containsExactly("tcsd");
        assertThat(problems.get(0).cause()).isEqualTo("its storage is damaged");
        assertThat(problems.get(0).fix()).isEqualTo("Restore it.");
    }

    @Test
    void aStorageThatTcsdDoesNotKnowIsNamed() throws Exception {
        chip.disown();

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM))
                .extracting(Finding::check)
                .containsExactly("tcsd-storage");
    }

    @Test
    void aDeviceThatTcsdCouldNotOpenIsNamedBesideTheTcsdThatDidNotStart() throws Exception {
        tree.withoutProcess(TCSD).file("/etc/passwd", "tss:x:4711:4711::/:/bin/false\n");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM))
                .extracting(Finding::check)
                .containsExactly("tpm-device", "tcsd");
    }

    @Test
    void keyringsThatMountsCannotUseAreNamed() throws Exception {
        tree.file("/proc/self/mounts", "/lower /secret ecryptfs rw,ecryptfs_sig=00112233aabbccdd 0 0\n");

        assertThat(run(new FakeKeyringView(false, false)).of(Verdict.PROBLEM))
                .extracting(Finding::check)
                .containsExactly("keyring-link", "mounted-keys");
    }

    @Test
    void encryptedSwapAndMemoryAreNoProblem() throws Exception {
        tree.file(
                        "/proc/swaps",
                        """
                        Filename
                        /dev/dm-0 partition 1 0 -2
                        /dev/zram0 partition 1 0 -3
                        /dev/mapper/cryptswap2 partition 1 0 -4
                        """)
                .file("/sys/block/dm-0/dm/uuid", "CRYPT-PLAIN-cryptswap1\n")
                .file("/sys/block/dm-1/dm/name", "cryptswap2\n")
                .file("/sys/block/dm-1/dm/uuid", "CRYPT-PLAIN-cryptswap2\n");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
    }

    static Stream<Arguments> brokenCrypttabs() {
        return Stream.of(
                arguments(
                        "gone",
                        "cryptswap1 /dev/sda6 /dev/urandom swap,cipher=aes-cbc-essiv:sha256",
                        "/dev/mapper/cryptswap1 none swap sw 0 0",
                        "the source /dev/sda6 of cryptswap1 in /etc/crypttab does not exist"),
                arguments(
                        "used by LUKS",
                        "cryptswap /dev/sda2 none luks,swap",
                        "/dev/sda2 none swap sw 0 0",
                        "/dev/sda2 is used by the swap line in /etc/fstab and by cryptswap in /etc/crypttab"),
                arguments(
                        "no offset",
                        "cryptswap1 UUID=11111111-2222-3333-4444-555555555555 /dev/urandom swap,cipher=aes",
                        "/dev/mapper/cryptswap1 none swap sw 0 0",
                        "cryptswap1 in /etc/crypttab has no offset="),
                arguments(
                        "UUID gone",
                        "cryptswap1 UUID=gone /dev/urandom swap,plain,offset=1024",
                        "/dev/mapper/cryptswap1 none swap sw 0 0",
                        "the source UUID=gone of cryptswap1 in /etc/crypttab does not exist"),
                arguments(
                        "used by path and by UUID",
                        "cryptswap1 UUID=1234 /dev/urandom swap,plain,offset=1024",
                        "/dev/sda3 none swap",
                        "/dev/sda3 is used by the swap line in /etc/fstab and by cryptswap1 in /etc/crypttab"),
                arguments(
                        "used twice in crypttab",
                        "data /dev/sda2 none luks\ncryptswap1 /dev/sda2 /dev/urandom swap",
                        "#/dev/sda2 none swap sw 0 0",
                        "/dev/sda2 is used by cryptswap1 in /etc/crypttab and by data in /etc/crypttab"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenCrypttabs")
    void crypttabLinesThatDestroyDataOrCannotWorkAreReported(String name, String crypttab, String fstab, String what)
            throws Exception {
        tree.file("/etc/crypttab", "# comment\n\n" + crypttab + "\n")
                .file("/etc/fstab", fstab + "\n")
                .file("/dev/sda2", "")
                .file("/dev/sda3", "")
                .link("/dev/disk/by-uuid/1234", "../../sda3");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM))
                .as(name)
                .extracting(Finding::check, Finding::what)
                .containsExactly(tuple("crypttab", what));
    }

    @Test
    void aFileThatFstabAndCrypttabUseAndThatDoesNotExistIsTwoProblems() throws Exception {
        tree.file("/etc/crypttab", "cryptswap1 /swapfile /dev/urandom swap,cipher=aes-cbc-essiv:sha256\n")
                .file("/etc/fstab", "/dev/mapper/cryptswap1 none swap sw 0 0\n/swapfile none swap sw 0 0\n");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM))
                .extracting(Finding::check)
                .containsExactly("crypttab", "crypttab");
    }

    @Test
    void theLinesOfEcryptfsSetupSwapAreNoProblem() throws Exception {
        tree.file("/etc/crypttab", "cryptswap1 UUID=1234 /dev/urandom swap,plain,offset=1024,cipher=aes-xts-plain64\n")
                .file(
                        "/etc/fstab",
                        """
                        # ecryptfs-setup-swap cryptswap1: UUID=1234 none swap sw 0 0
                        /dev/mapper/cryptswap1 none swap sw 0 0
                        """)
                .file("/dev/sda3", "")
                .link("/dev/disk/by-uuid/1234", "../../sda3");

        assertThat(run(GOOD_KEYS).of(Verdict.PROBLEM)).isEmpty();
        assertThat(run(GOOD_KEYS).of(Verdict.OK)).extracting(Finding::check).contains("crypttab");
    }

    @Test
    void withoutATpmNothingIsSaidAgainstOneUnlessItIsWanted() throws Exception {
        FakeMachine bare = new FakeMachine(root.resolve("bare")).withModprobe();

        Set<String> unasked = problems(bare, false);
        Set<String> wanted = problems(bare, true);

        assertThat(unasked).containsExactlyInAnyOrder("kernel-module", "mount-helper");
        assertThat(wanted).contains("tpm", "tcsd", "kernel-timeout");
    }

    @Test
    void theTextIsALineForEachCheckWithTheCountAtItsEnd() throws Exception {
        tree.without("/dev/ecryptfs");

        String text = EcryptfsDoctor.text(run(GOOD_KEYS), false);

        assertThat(text)
                .contains("ok       kernel-module     eCryptfs is loaded, Linux 6.1.0-1-amd64\n")
                .contains("problem  device            /dev/ecryptfs does not exist")
                .doesNotContain("skipped")
                .endsWith(" ok\n")
                .contains("\n1 problem, ");
        assertThat(EcryptfsDoctor.text(run(GOOD_KEYS), true)).contains("skipped  fstab");
    }

    private Diagnosis run(KeyringView keys) throws Exception {
        return Diagnosis.of(tree.machine(), keys, KeyModules.of(chip), protectors, false);
    }

    private Set<String> problems(FakeMachine of, boolean requiresTpm) throws Exception {
        return Diagnosis.of(of.machine(), GOOD_KEYS, KeyModules.of(chip), protectors, requiresTpm)
                .of(Verdict.PROBLEM)
                .stream()
                .map(Finding::check)
                .collect(Collectors.toSet());
    }
}
