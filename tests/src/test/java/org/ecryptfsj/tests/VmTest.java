package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The acceptance suite: each sentence was checked inside the micro-VM by a scenario under tests/vm, against a real kernel, a
 * TPM 1.2 behind tcsd or a TPM 2.0, and the C tools of ecryptfs-utils. Two machines run at a time: one takes the tests from the beginning of
 * their order, the other from its end, so that the longest are at both ends and the shortest in the middle. A third one runs the
 * blueprint from the beginning, which mostly waits for its slow chip.
 */
@Tag("vm")
@Execution(ExecutionMode.CONCURRENT)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VmTest {
    private static final ExecutorService THIRD_MACHINE = Executors.newSingleThreadExecutor();
    private static Future<MicroVm.Report> blueprint;

    @TempDir
    Path machine;

    @BeforeAll
    static void startTheBlueprint() {
        blueprint = THIRD_MACHINE.submit(() -> new MicroVm().run("blueprint.sh"));
    }

    @AfterAll
    static void endTheBlueprint() {
        THIRD_MACHINE.shutdownNow();
    }

    @Order(5)
    @TestFactory
    List<DynamicTest> aTpmProtectedMountThroughRebootsAndChanges() throws Exception {
        Path disk = machine.resolve("disk.img");
        Path tpm = machine.resolve("tpm");
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("tpm-mount.sh")));
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("tpm-reboot.sh")));
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("tpm-return.sh")));
        findings.addAll(tests(new MicroVm()
                .withTpm(machine.resolve("another-tpm"))
                .withDisk(disk)
                .run("tpm-other.sh")));
        return findings;
    }

    @Order(20)
    @TestFactory
    List<DynamicTest> envelopeModeThroughARebootAndAChange() throws Exception {
        Path disk = machine.resolve("disk.img");
        Path tpm = machine.resolve("tpm");
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("envelope.sh")));
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("envelope.sh", "after-reboot")));
        return findings;
    }

    @Order(13)
    @TestFactory
    List<DynamicTest> aMountKeyThatOnlyTheKernelHolds() throws Exception {
        return tests(new MicroVm().run("kernel-keys.sh"));
    }

    @Order(3)
    @TestFactory
    List<DynamicTest> aKeyFileThroughARebootChangedPcrsAndADeadBoard() throws Exception {
        Path disk = machine.resolve("disk.img");
        Path tpm = machine.resolve("tpm");
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("key-files.sh")));
        findings.addAll(tests(new MicroVm().withTpm(tpm).withDisk(disk).run("key-files.sh", "after-reboot")));
        findings.addAll(tests(new MicroVm()
                .withTpm(machine.resolve("another-tpm"))
                .withDisk(disk)
                .run("key-files.sh", "another-tpm")));
        return findings;
    }

    @Order(19)
    @TestFactory
    List<DynamicTest> aTpm2ThroughRebootsAndChanges() throws Exception {
        Path disk = machine.resolve("disk.img");
        Path tpm = machine.resolve("tpm");
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(
                tests(new MicroVm().withTpm2().withTpm(tpm).withDisk(disk).run("tpm2.sh")));
        // With a later kernel and another interface of the TPM, too.
        findings.addAll(tests(new MicroVm()
                .withTpm2()
                .withCrb()
                .withKernel("6.12")
                .withTpm(tpm)
                .withDisk(disk)
                .run("tpm2.sh", "after-reboot")));
        findings.addAll(tests(new MicroVm()
                .withTpm2()
                .withTpm(machine.resolve("another-tpm"))
                .withDisk(disk)
                .run("tpm2.sh", "another-tpm")));
        return findings;
    }

    @Order(19)
    @TestFactory
    List<DynamicTest> aKeyFileBoundToWhatTheFirmwareMeasured() throws Exception {
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(tests(uefi().run("firmware.sh")));
        findings.addAll(tests(uefi().run("firmware.sh", "after-reboot")));
        findings.addAll(tests(uefi().withKernel("6.12").run("firmware.sh", "another-program")));
        return findings;
    }

    /** The same machine each time: its TPM 2.0, its disk, and the variables of its firmware. */
    private MicroVm uefi() {
        return new MicroVm()
                .withTpm2()
                .withTpm(machine.resolve("tpm"))
                .withUefi()
                .withDisk(machine.resolve("disk.img"));
    }

    @Order(12)
    @TestFactory
    List<DynamicTest> theBlueprintsLinesWithASlowChip() throws Exception {
        return tests(blueprint.get());
    }

    @Order(18)
    @TestFactory
    List<DynamicTest> aRegularUsersKeyMountAndDaemon() throws Exception {
        return tests(new MicroVm().run("regular-user.sh"));
    }

    @Order(15)
    @TestFactory
    List<DynamicTest> theCToolsAndOursReadEachOther() throws Exception {
        return tests(new MicroVm().run("interop.sh"));
    }

    @Order(11)
    @TestFactory
    List<DynamicTest> oursAndTheCToolsWithAKernelThatHasEcryptfs() throws Exception {
        return tests(new MicroVm().run("side-by-side.sh"));
    }

    @Order(9)
    @TestFactory
    List<DynamicTest> theMountDialogueIsThatOfTheCHelper() throws Exception {
        return tests(new MicroVm().run("mount-dialogue.sh"));
    }

    @Order(14)
    @TestFactory
    List<DynamicTest> aMountThatCannotWorkIsRefusedAndChangesNothing() throws Exception {
        return tests(new MicroVm().run("mount-errors.sh"));
    }

    @Order(10)
    @TestFactory
    List<DynamicTest> rsaKeysInPemFiles() throws Exception {
        return tests(new MicroVm().run("openssl.sh"));
    }

    @Order(16)
    @TestFactory
    List<DynamicTest> manyFilesAtOnce() throws Exception {
        return tests(new MicroVm().withProcessors(2).run("parallel.sh"));
    }

    @Order(2)
    @TestFactory
    List<DynamicTest> findingRewritingRecoveringMigratingAndEncryptingSwap() throws Exception {
        return tests(new MicroVm().run("recovery.sh"));
    }

    @Order(22)
    @TestFactory
    List<DynamicTest> theChannelOutlivesTheDaemon() throws Exception {
        return tests(new MicroVm().run("outlive.sh"));
    }

    @Order(17)
    @TestFactory
    List<DynamicTest> theDaemonsOptionsSignalsAndErrors() throws Exception {
        return tests(new MicroVm().run("daemon.sh"));
    }

    @Order(8)
    @TestFactory
    List<DynamicTest> keysOfExistingTrees() throws Exception {
        return tests(new MicroVm().withDisk(machine.resolve("disk.img")).run("rekey.sh"));
    }

    @Order(7)
    @TestFactory
    List<DynamicTest> theOfflineReader() throws Exception {
        return tests(new MicroVm().withDisk(machine.resolve("disk.img")).run("offline.sh"));
    }

    @Order(1)
    @TestFactory
    List<DynamicTest> bootingBySystemdAndBySysvinitAChangedMachineAnUpgradeAndAPurge() throws Exception {
        List<DynamicTest> findings = new ArrayList<>();
        findings.addAll(tests(booted("systemd").run("boot.sh", "set-up")));
        findings.addAll(tests(booted("systemd").run("boot.sh", "systemd")));
        findings.addAll(tests(booted("sysvinit").run("boot.sh", "sysvinit")));
        findings.addAll(tests(booted("systemd").withPcrExtended(2).run("boot.sh", "changed")));
        findings.addAll(tests(booted("systemd").run("package.sh")));
        return findings;
    }

    /** The same machine each time: its root file system, its TPM, its swap. */
    private MicroVm booted(String init) {
        return new MicroVm()
                .withTpm(machine.resolve("tpm"))
                .withDisk(machine.resolve("swap.img"))
                .booting(machine.resolve("root.qcow2"), init);
    }

    @Order(6)
    @TestFactory
    List<DynamicTest> faultsUnderLoadLoseNothing() throws Exception {
        return tests(new MicroVm().run("soak.sh"));
    }

    @Order(8)
    @TestFactory
    List<DynamicTest> theDoctorNamesWhatIsBroken() throws Exception {
        return tests(new MicroVm().run("doctor.sh"));
    }

    @Order(19)
    @TestFactory
    List<DynamicTest> eachStateOfTheTpmIsToldByItsCause() throws Exception {
        return tests(new MicroVm().run("tpm-states.sh"));
    }

    @Order(4)
    @TestFactory
    List<DynamicTest> settingUpATpmProtectedDirectoryAndTakingItBack() throws Exception {
        return tests(new MicroVm().run("setup-tpm.sh"));
    }

    @Order(21)
    @TestFactory
    List<DynamicTest> aPrivateDirectoryByHandAndAtLogin() throws Exception {
        return tests(new MicroVm().run("private.sh"));
    }

    @Order(16)
    @TestFactory
    List<DynamicTest> loginsThatAreKilledAndATpmThatUnlocksAtLogin() throws Exception {
        return tests(new MicroVm().withTpm2().run("killed-logins.sh"));
    }

    private static List<DynamicTest> tests(MicroVm.Report report) {
        List<DynamicTest> tests = new ArrayList<>(Finding.tests(report.findings()));
        tests.add(dynamicTest("the scenario ran to its end", () -> {
            assertThat(report.findings()).isNotEmpty();
            assertThat(report.exitCode())
                    .as("the micro-VM's exit code, after:%n%s", report.output())
                    .isZero();
        }));
        return tests;
    }
}
