package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.EcryptfsKey;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tree.UntrustedFileException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateDirectoryTest {
    private static final String SIGNATURES = "b1c495d96ef7f514\nadbc7781170c1b68\n";

    @TempDir
    Path home;

    private Account user;

    @BeforeEach
    void aHome() throws Exception {
        home = home.toRealPath();
        user = new Account(Account.realUid(), 0, "alice", home);
        Files.createDirectory(home.resolve(".ecryptfs"));
        write("Private.sig", SIGNATURES);
        write("al.sig", SIGNATURES);
    }

    @Test
    void withoutMoreThanSignaturesItIsPrivateInTheHomeDirectory() throws Exception {
        PrivateDirectory directory = PrivateDirectory.of(user, DirectoryAlias.DEFAULT);

        assertThat(directory.source()).isEqualTo(home.resolve(".Private"));
        assertThat(directory.target()).isEqualTo(home.resolve("Private"));
    }

    @Test
    void theMountPointMayBeElsewhere() throws Exception {
        write("Private.mnt", home + "\n");

        assertThat(PrivateDirectory.of(user, DirectoryAlias.DEFAULT).target()).isEqualTo(home);
    }

    @Test
    void aLinkedLowerDirectoryIsWhatItLeadsTo() throws Exception {
        Files.createDirectory(home.resolve("store"));
        Files.createSymbolicLink(home.resolve(".Private"), home.resolve("store"));

        assertThat(PrivateDirectory.of(user, DirectoryAlias.DEFAULT).source()).isEqualTo(home.resolve("store"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Private", "../x", "/home/../etc", "a\u0000b"})
    void aMountPointThatIsNoWholePathIsRefused(String text) throws Exception {
        write("Private.mnt", text);

        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.DEFAULT))
                .isInstanceOf(ToolFailure.class);
    }

    @Test
    void anAliasNamesBothPlaces() throws Exception {
        write("al.conf", "/srv/lower\\040dir /srv/upper ecryptfs none 0 0\n");

        PrivateDirectory directory = PrivateDirectory.of(user, DirectoryAlias.of("al"));

        assertThat(directory.source()).isEqualTo(Path.of("/srv/lower dir"));
        assertThat(directory.fstabLine()).startsWith("/srv/lower\\040dir /srv/upper ecryptfs user,");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/srv/lower /srv/upper",
                "/srv/lower /srv/upper tmpfs none",
                "/srv/lower /srv/upper ecryptfs rw,suid",
                "/srv/lower /srv/upper ecryptfs none\n/srv/lower /usr ecryptfs none",
                "lower upper ecryptfs none",
            })
    void anAliasThatIsNotOneMountWithoutOptionsIsRefused(String text) throws Exception {
        write("al.conf", text);

        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.of("al")))
                .isInstanceOf(ToolFailure.class);
    }

    @Test
    void aSymbolicLinkInPlaceOfADescriptionIsRefused() throws Exception {
        write("elsewhere", "/srv/lower /srv/upper ecryptfs none\n");
        Files.createSymbolicLink(home.resolve(".ecryptfs/al.conf"), home.resolve(".ecryptfs/elsewhere"));

        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.of("al")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void aDescriptionOfAnotherUserIsRefused() {
        Account other = new Account(Account.realUid() + 1, 0, "bob", home);

        assertThatThrownBy(() -> PrivateDirectory.of(other, DirectoryAlias.DEFAULT))
                .isInstanceOf(ToolFailure.class);
    }

    @Test
    void anEndlessDescriptionIsRefused() throws Exception {
        write("al.conf", "#".repeat(5000));

        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.of("al")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("4096");
    }

    @Test
    void noDescriptionIsRefusedWithWhatToDo() {
        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.of("nope")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("nope.conf");
    }

    /** The kernel's line for it, Linux 6.1. */
    @Test
    void itIsItsLineOfTheMountTableAndNoOther() throws Exception {
        PrivateDirectory directory = PrivateDirectory.of(user, DirectoryAlias.DEFAULT);
        String line = home + "/.Private " + home + "/Private ecryptfs rw,nosuid,nodev,relatime,"
                + "ecryptfs_fnek_sig=adbc7781170c1b68,ecryptfs_sig=b1c495d96ef7f514,ecryptfs_cipher=aes,"
                + "ecryptfs_key_bytes=16,ecryptfs_check_dev_ruid,ecryptfs_unlink_sigs 0 0";

        assertThat(directory.matches(entry(line))).isTrue();
        assertThat(directory.matches(entry(line.replace("/.Private ", "/.Other "))))
                .isFalse();
        assertThat(directory.matches(entry(line.replace("/Private ", "/Other "))))
                .isFalse();
        assertThat(directory.matches(entry(line.replace("_sig=b1c4", "_sig=0000"))))
                .isFalse();
        assertThat(directory.matches(entry(line.replace("ecryptfs_fnek_sig=adbc7781170c1b68,", ""))))
                .isFalse();
    }

    @Test
    void onlyALineOfFstabThatIsThisDirectoryAndForUsersAllowsIt() throws Exception {
        PrivateDirectory directory = PrivateDirectory.of(user, DirectoryAlias.DEFAULT);
        String line = directory.fstabLine();

        assertThat(MountAuthorization.ofFstab(directory, MountTable.parse(List.of(line))))
                .isPresent();
        assertThat(MountAuthorization.ofFstab(directory, MountTable.parse(List.of(line.replace("user,", "")))))
                .isEmpty();
        assertThat(MountAuthorization.ofFstab(directory, MountTable.parse(List.of(line, line))))
                .isEmpty();
        assertThat(MountAuthorization.ofFstab(directory, MountTable.parse(List.of())))
                .isEmpty();
    }

    @Test
    void aKeyFileHasTheCiphersAndTheKeys() throws Exception {
        Path keyFile = keyFile();

        PrivateDirectory directory = PrivateDirectory.of(user, DirectoryAlias.DEFAULT);
        Files.delete(home.resolve(".ecryptfs/Private.sig"));
        PrivateDirectory withoutSignatures = PrivateDirectory.of(user, DirectoryAlias.DEFAULT);

        assertThat(KeyFileStore.readOwned(keyFile, Account.realUid()).mount()).isEqualTo(directory.mount());
        assertThat(withoutSignatures).isEqualTo(directory);
        assertThat(directory.options())
                .isEqualTo("ecryptfs_check_dev_ruid,ecryptfs_cipher=twofish,ecryptfs_key_bytes=32,ecryptfs_unlink_sigs,"
                        + "ecryptfs_sig=" + directory.signatures().contents() + ",ecryptfs_fnek_sig="
                        + directory.signatures().names().orElseThrow()
                        + ",ecryptfs_fn_cipher=aes,ecryptfs_fn_key_bytes=16");
    }

    @Test
    void aKeyFileThatCannotBeUsedIsLeftOutIfThereAreSignatures() throws Exception {
        write("Private.key", "damaged");

        assertThat(PrivateDirectory.of(user, DirectoryAlias.DEFAULT).options())
                .contains("ecryptfs_key_bytes=16,ecryptfs_unlink_sigs,ecryptfs_sig=b1c495d96ef7f514");

        Files.delete(home.resolve(".ecryptfs/Private.sig"));
        assertThatThrownBy(() -> PrivateDirectory.of(user, DirectoryAlias.DEFAULT))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("Private.key");
    }

    @Test
    void aKeyFileOfAnotherUserOrBehindALinkIsRefused() throws Exception {
        Path keyFile = keyFile();
        Path elsewhere = Files.move(keyFile, home.resolve("elsewhere.key"));
        Files.createSymbolicLink(keyFile, elsewhere);

        assertThatThrownBy(() -> KeyFileStore.readOwned(keyFile, Account.realUid()))
                .isInstanceOf(UntrustedFileException.class);
        assertThatThrownBy(() -> KeyFileStore.readOwned(elsewhere, Account.realUid() + 1))
                .isInstanceOf(UntrustedFileException.class);
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-rw----"));
        assertThatThrownBy(() -> KeyFileStore.readOwned(elsewhere, Account.realUid()))
                .isInstanceOf(UntrustedFileException.class);
    }

    /** Written where the default directory has its key file. */
    private Path keyFile() throws Exception {
        Path file = home.resolve(".ecryptfs/Private.key");
        write("passphrase", "passphrase_passwd=a passphrase of old");
        Files.setPosixFilePermissions(
                home.resolve(".ecryptfs/passphrase"), PosixFilePermissions.fromString("rw-------"));
        CommandResult made = CommandResult.with(
                new EcryptfsKey(),
                "import",
                file.toString(),
                "--mount-passphrase-file",
                home.resolve(".ecryptfs/passphrase").toString(),
                "--cipher=twofish",
                "--key-bytes=32",
                "--names-cipher=aes",
                "--names-key-bytes=16",
                "--recovery");
        assertThat(made.code()).as(made.err()).isZero();
        return file;
    }

    private static MountTable.Entry entry(String line) {
        return MountTable.parse(List.of(line)).ecryptfs().get(0);
    }

    private void write(String name, String text) throws Exception {
        Files.writeString(home.resolve(".ecryptfs").resolve(name), text);
    }
}
