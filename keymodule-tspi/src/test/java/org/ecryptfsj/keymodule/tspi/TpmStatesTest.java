package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.signature;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Failures of the TPM, of tcsd and of the key storages while files are protected by a TPM key: each error names the cause and
 * what to do, in direct mode and in envelope mode, and the same module works again after the repair.
 */
@Timeout(120)
class TpmStatesTest {
    private static final String ENVELOPE = "0101" + "00000384" + "0000000a";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    @TempDir
    private Path directory;

    private SoftwareTpm tpm;
    private TspiKeyModule module;
    private String key;
    private byte[] direct;
    private byte[] envelope;

    @BeforeEach
    void protectedFiles() throws Exception {
        tpm = SoftwareTpm.startOwned();
        module = TestKeys.module(tpm);
        key = generate(module, 0).value();
        direct = wrap(module, key, PAYLOAD);
        envelope = wrap(module, key + ENVELOPE, PAYLOAD);
    }

    @AfterEach
    void stop() {
        module.close();
        tpm.close();
    }

    @Test
    void disabled() throws Exception {
        tpm.run("", "tpm_setenable", "-d", "-z").success();

        assertFilesAreRefused(Reason.NOT_READY, "the TPM is disabled", "tpm_setenable -e");
        assertNoKeyIsMade("the TPM is disabled", "tpm_setenable -e");
        tpm.run("", "tpm_setenable", "-e", "-z").success();
        assertFilesAreRead();
    }

    @Test
    void deactivated() throws Exception {
        tpm.setDeactivated(true);
        tpm.reboot();

        assertFilesAreRefused(Reason.NOT_READY, "the TPM is deactivated", "tpm_setactive -a");
        assertNoKeyIsMade("the TPM is deactivated", "tpm_setactive -a");
        tpm.setDeactivated(false);
        tpm.reboot();
        assertFilesAreRead();
    }

    @Test
    void withoutAnOwnerAnyMore() throws Exception {
        tpm.exchangeChip();

        assertFilesAreRefused(Reason.NOT_READY, "the TPM has no owner", "use the recovery key");
        assertNoKeyIsMade("the TPM has no owner", "Take ownership: tpm_takeownership -z");
        tpm.putChipBack();
        assertFilesAreRead();
    }

    @Test
    void replacedByAnotherThatHasAnOwner() throws Exception {
        byte[] srk = tpm.tcsdStorage();
        tpm.replaceChip();

        assertFilesAreRefused(Reason.KEY_UNUSABLE, "was made by another TPM", "Use it on the machine it was made on");
        tpm.tcsdStorage(srk);
        tpm.putChipBack();
        assertFilesAreRead();
    }

    @Test
    void gone() throws Exception {
        tpm.stopChip();

        assertFilesAreRefused(Reason.SERVICE_UNAVAILABLE, "tcsd does not reach the TPM", "dmesg | grep -i tpm");
        assertNoKeyIsMade("tcsd does not reach the TPM", "dmesg | grep -i tpm");
        tpm.reboot();
        assertFilesAreRead();
    }

    @Test
    void withoutTcsd() throws Exception {
        tpm.stopTcsd();

        assertFilesAreRefused(Reason.SERVICE_UNAVAILABLE, "tcsd does not answer", "start tcsd");
        assertNoKeyIsMade("tcsd does not answer", "start tcsd");
        assertNoMount("tcsd does not answer", "start tcsd");
        tpm.startTcsd();
        assertFilesAreRead();
    }

    @Test
    void tcsdHasLostItsStorage() throws Exception {
        byte[] srk = tpm.tcsdStorage();
        restartTcsdWith(new byte[0]);

        assertFilesAreRefused(
                Reason.NOT_READY,
                "the TPM has an owner, but tcsd does not know its storage root key",
                "Restore that file from a backup and restart tcsd. Do not clear the TPM");
        assertNoKeyIsMade("tcsd does not know its storage root key", "Restore that file");
        restartTcsdWith(srk);
        assertFilesAreRead();
    }

    @Test
    void tcsdCannotStartWithItsDamagedStorage() throws Exception {
        byte[] srk = tpm.tcsdStorage();
        tpm.stopTcsd();
        tpm.tcsdStorage(Arrays.copyOf(srk, srk.length / 2));

        assertFilesAreRefused(Reason.NOT_READY, "it ends within key 1 of 1", "start tcsd. Do not clear the TPM");
        assertNoMount("system.data is damaged", "Restore that file from a backup and start tcsd");
        tpm.tcsdStorage(srk);
        tpm.startTcsd();
        assertFilesAreRead();
    }

    /** tcsd starts with it, and would have libtspi read beyond its buffers: the process would end. */
    @Test
    void tcsdStartsWithItsDamagedStorage() throws Exception {
        byte[] srk = tpm.tcsdStorage();
        int flagsAt = 45;
        int publicKeyAt = 60;
        byte[] damaged = srk.clone();
        damaged[publicKeyAt] ^= 1;
        restartTcsdWith(damaged);

        assertFilesAreRefused(Reason.NOT_READY, "system.data is damaged", "Restore that file from a backup");
        assertNoKeyIsMade("system.data is damaged", "Restore that file");

        damaged = srk.clone();
        damaged[flagsAt] ^= (byte) 0x81;
        restartTcsdWith(damaged);
        assertThat(tpm.tcsdStorage()).as("tcsd throws the SRK out").hasSizeLessThan(srk.length);
        assertFilesAreRefused(Reason.NOT_READY, "tcsd does not know its storage root key", "Restore that file");
        restartTcsdWith(srk);
        assertFilesAreRead();
    }

    @Test
    void theKeyIsDeleted() throws Exception {
        byte[] keys = Files.readAllBytes(tpm.storage());
        Files.delete(tpm.storage());

        assertFilesAreRefused(Reason.KEY_NOT_FOUND, "is not in this user's key storage", "restore the storage file");
        assertNoMount("is not in this user's key storage", "restore the storage file");
        Files.write(tpm.storage(), keys);
        assertFilesAreRead();
    }

    /** A second key appended to such a file made libtspi read beyond its buffers: the process ended. */
    @Test
    void theKeyStorageIsCutShort() throws Exception {
        byte[] keys = Files.readAllBytes(tpm.storage());
        byte[] half = Arrays.copyOf(keys, keys.length / 2);
        Files.write(tpm.storage(), half);

        assertFilesAreRefused(Reason.KEY_UNUSABLE, "user.data is damaged", "Restore that file from a backup");
        assertNoMount("it ends within key 1 of 1", "Restore that file from a backup");
        assertNoKeyIsMade("it ends within key 1 of 1", "Restore that file from a backup");
        assertThat(Files.readAllBytes(tpm.storage())).isEqualTo(half);
        Files.write(tpm.storage(), keys);
        assertFilesAreRead();
    }

    @Test
    void aBitOfTheStoredKeyIsFlipped() throws Exception {
        byte[] keys = Files.readAllBytes(tpm.storage());
        int algorithm = 314;
        int parent = 21;

        flip(keys, keys.length - 20);
        assertFilesAreRefused(
                Reason.KEY_UNUSABLE, "its entry in " + tpm.storage() + " is damaged", "restore that file");
        flip(keys, algorithm);
        assertFilesAreRefused(Reason.KEY_UNUSABLE, "its entry in this user's key storage", "Restore that file");
        flip(keys, parent);
        assertFilesAreRefused(Reason.KEY_UNUSABLE, "its entry in this user's key storage", "Restore that file");
        Files.write(tpm.storage(), keys);
        assertFilesAreRead();
    }

    @Test
    void inAnotherPcrState() throws Exception {
        tpm.extend(0);

        assertFilesAreRefused(
                Reason.WRONG_PCR_STATE, "it is bound to PCR 0, whose composite", "Boot the trusted configuration");
        tpm.reboot();
        assertFilesAreRead();
    }

    @Test
    void afterTheSrkGetsASecretTheFileIsCorrected() throws Exception {
        Path secret = Files.createFile(directory.resolve("srk"), PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.writeString(secret, "wrong\n");
        tpm.run("sesam\nsesam\n", "tpm_changeownerauth", "-s", "-z").success();
        module.close();
        module = TestKeys.module(tpm, Optional.of("file:" + secret), 8);

        assertFilesAreRefused(Reason.AUTHENTICATION, "has another secret than the one in " + secret, "correct");
        KeyModuleException again = failureOf(() -> unwrap(module, key, direct));
        assertThat(again).hasMessageContaining("the TPM is not asked again");
        Files.writeString(secret, "sesam\n");
        assertFilesAreRead();
    }

    @Test
    void lockedAfterWrongSecrets() throws Exception {
        tpm.run("sesam\nsesam\n", "tpm_changeownerauth", "-s", "-z").success();
        for (int i = 0; i < 20 && failureOf(this::lockAndUnwrap).reason() == Reason.AUTHENTICATION; i++) {
            assertThat(module.status()).containsEntry("keys_loaded", "");
        }

        assertFilesAreRefused(Reason.NOT_READY, "was given wrong secrets too often", "tpm_resetdalock");
        assertNoKeyIsMade("was given wrong secrets too often", "tpm_resetdalock");
        tpm.run("", "tpm_resetdalock", "-z").success();
        tpm.run("", "tpm_changeownerauth", "-s", "-z", "-r").success();
        assertFilesAreRead();
    }

    private void lockAndUnwrap() throws KeyModuleException {
        module.lock();
        unwrap(module, key, direct);
    }

    private void assertFilesAreRefused(Reason reason, String cause, String nextStep) {
        for (byte[] encrypted : List.of(direct, envelope)) {
            module.lock();
            KeyModuleException failure = failureOf(() -> unwrap(module, key + ENVELOPE, encrypted));
            assertThat(failure.reason()).as(failure.getMessage()).isEqualTo(reason);
            assertTells(failure, cause, nextStep);
        }
    }

    private void assertNoKeyIsMade(String cause, String nextStep) {
        KeyModuleException failure = failureOf(() -> generate(module, 0));
        assertTells(failure, cause, nextStep);
        assertThat(failure).hasMessageStartingWith("cannot create a TPM key: ");
    }

    private void assertNoMount(String cause, String nextStep) {
        assertTells(failureOf(() -> signature(module, key)), cause, nextStep);
    }

    private static void assertTells(KeyModuleException failure, String cause, String nextStep) {
        assertThat(failure).hasMessageContaining(cause);
        assertThat(failure.advice()).contains(nextStep);
    }

    private void assertFilesAreRead() throws KeyModuleException {
        assertThat(unwrap(module, key, direct)).isEqualTo(PAYLOAD);
        assertThat(unwrap(module, key + ENVELOPE, envelope)).isEqualTo(PAYLOAD);
    }

    private void restartTcsdWith(byte[] storage) {
        tpm.stopTcsd();
        tpm.tcsdStorage(storage);
        tpm.startTcsd();
    }

    private void flip(byte[] keys, int at) throws IOException {
        byte[] flipped = keys.clone();
        flipped[at] ^= 1;
        Files.write(tpm.storage(), flipped);
    }
}
