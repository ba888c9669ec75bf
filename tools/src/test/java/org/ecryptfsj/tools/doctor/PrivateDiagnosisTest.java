package org.ecryptfsj.tools.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.machine.FakeKeyringView;
import org.ecryptfsj.tools.machine.FakeMachine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a login needs of the files of a user with an encrypted home or private directory. */
class PrivateDiagnosisTest {
    private static final String WRAPPED = "/home/bob/.ecryptfs/wrapped-passphrase";
    private static final String VERSION_1 = "0123456789abcdef" + "x".repeat(64);
    private static final String VERSION_2 = ":\u0002" + "saltsalt" + VERSION_1;

    @TempDir
    private Path root;

    private FakeMachine tree;

    @BeforeEach
    void aUserWhoLogsIn() throws Exception {
        tree = FakeMachine.inOrder(root)
                .file("/etc/passwd", "bob:x:" + Account.realUid() + ":0::/home/bob:/bin/sh\n")
                .file("/home/bob/.ecryptfs/auto-mount", "")
                .file(WRAPPED, VERSION_2)
                .directory("/dev/shm");
    }

    private Finding only(String check) throws Exception {
        List<Finding> found = Diagnosis.of(
                        tree.machine(),
                        new FakeKeyringView(true, false),
                        KeyModules.of(new PassphraseKeyModule()),
                        Protectors.of(),
                        false)
                .findings()
                .stream()
                .filter(finding -> finding.check().equals(check))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private void assertFinding(String check, Finding.Verdict verdict, String what) throws Exception {
        Finding found = only(check);
        assertThat(found.what()).contains(what);
        assertThat(found.verdict()).isEqualTo(verdict);
    }

    @Test
    void aWrappedPassphraseOfVersion2IsInOrder() throws Exception {
        assertFinding("login-keys", Finding.Verdict.OK, "is of version 2 and opens with the login passphrase of bob");

        tree.file("/home/bob/.ecryptfs/wrapping-independent", "");

        assertFinding("login-keys", Finding.Verdict.OK, "opens with a separate passphrase of bob");
    }

    @Test
    void oneOfVersion1IsNamed() throws Exception {
        tree.file(WRAPPED, VERSION_1);

        assertFinding("login-keys", Finding.Verdict.WARNING, "is of version 1");
    }

    @Test
    void oneThatCannotBeOpenedIsNamed() throws Exception {
        tree.file(WRAPPED, "short");

        assertFinding("login-keys", Finding.Verdict.PROBLEM, "it has only 5 bytes");
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Files.delete(tree.at(WRAPPED));
        Files.createSymbolicLink(tree.at(WRAPPED), Path.of("/etc/shadow"));

        assertFinding("login-keys", Finding.Verdict.PROBLEM, "is not a regular file");
    }

    @Test
    void withoutAnyKeyTheLoginCannotUnlock() throws Exception {
        Files.delete(tree.at(WRAPPED));

        assertFinding("login-keys", Finding.Verdict.WARNING, "has neither");
    }

    @Test
    void aKeyFileThatIsNoneIsNamed() throws Exception {
        Files.delete(tree.at(WRAPPED));
        tree.file("/home/bob/.ecryptfs/Private.key", "{}");

        assertFinding("login-keys", Finding.Verdict.PROBLEM, "Private.key cannot be used");
    }

    @Test
    void aMountPassphraseInPlainTextIsNamedBeforeAndAfterItWasWrapped() throws Exception {
        assertFinding("plain-passphrase", Finding.Verdict.OK, "no mount passphrase");

        tree.file("/dev/shm/.ecryptfs-bob", "secret\n");
        assertFinding("plain-passphrase", Finding.Verdict.PROBLEM, "/dev/shm/.ecryptfs-bob");

        Files.delete(tree.at(WRAPPED));
        assertFinding("plain-passphrase", Finding.Verdict.WARNING, "until the first login");
        assertThat(only("login-keys").verdict()).isEqualTo(Finding.Verdict.SKIPPED);
    }

    @Test
    void aCounterThatContradictsTheMountsIsNamed() throws Exception {
        assertFinding("session-counter", Finding.Verdict.OK, "no session counter");

        tree.file("/dev/shm/ecryptfs-bob-Private", "2\n");
        assertFinding("session-counter", Finding.Verdict.WARNING, "its session counter is 2");

        tree.file(
                "/proc/mounts", "/home/bob/.Private /home/bob/Private ecryptfs rw,ecryptfs_sig=0123456789abcdef 0 0\n");
        assertFinding("session-counter", Finding.Verdict.OK, "no session counter");

        Files.delete(tree.at("/dev/shm/ecryptfs-bob-Private"));
        assertFinding("session-counter", Finding.Verdict.WARNING, "no session is counted");
    }

    @Test
    void aPasswordLineIsMissed() throws Exception {
        assertFinding("login-password", Finding.Verdict.WARNING, "no line of type password");

        tree.file("/etc/pam.d/common-password", "password optional pam_ecryptfs.so\n");
        assertFinding("login-password", Finding.Verdict.OK, "a change of the password");
    }

    @Test
    void longNamesAreCounted() throws Exception {
        String prefix = "ECRYPTFS_FNEK_ENCRYPTED.";
        tree.file("/home/bob/.Private/" + prefix + "x".repeat(208), "");
        assertFinding("long-names", Finding.Verdict.OK, "no user has long encrypted names");

        tree.file("/home/bob/.Private/d/" + prefix + "x".repeat(228), "");
        assertFinding("long-names", Finding.Verdict.WARNING, "1 names below /home/bob/.Private");
    }
}
