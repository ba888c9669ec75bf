package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyDerivation;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.protector.RegisterBinding;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileMountTest {
    private static final EcryptfsVersion WITHOUT_NAMES = new EcryptfsVersion(0x1f);
    private static final EcryptfsVersion KERNEL = new EcryptfsVersion(0x7ff);

    private final KeyModules modules = KeyModules.of(new PassphraseKeyModule());

    @TempDir
    Path directory;

    private Path file;

    /** Keeps the file key as it is, bound to PCR 4. */
    private static final class OpenProtector implements Protector {
        private final boolean refuses;

        OpenProtector(boolean refuses) {
            this.refuses = refuses;
        }

        @Override
        public String type() {
            return "open";
        }

        @Override
        public Interaction interaction(JsonObject fields) {
            return Interaction.NONE;
        }

        @Override
        public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter) {
            byte[] bytes = new byte[FILE_KEY_BYTES];
            fileKey.buffer().get(bytes);
            return Protection.of(JsonObject.empty().with("key", bytes));
        }

        @Override
        public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
                throws ProtectorException, MalformedFieldException {
            if (refuses) {
                throw new ProtectorException(ProtectorException.Reason.UNAVAILABLE, "it is not there", "attach it");
            }
            return Secret.takeBytes(fields.bytes("key", FILE_KEY_BYTES, FILE_KEY_BYTES));
        }

        @Override
        public ProtectorState state(JsonObject fields, ProtectorContext context) {
            return ProtectorState.usable("nothing");
        }

        @Override
        public Optional<RegisterBinding> binding(JsonObject fields) {
            return Optional.of(new RegisterBinding(Map.of(4, "ab"), Duration.ofSeconds(7)));
        }
    }

    @BeforeEach
    void makesAKeyFile() throws Exception {
        file = directory.resolve("secret.key");
        OpenProtector protector = new OpenProtector(false);
        try (UnlockedKeyFile unlocked = UnlockedKeyFile.create(
                        MountSecret.random(true),
                        new NewMount(new CipherChoice("aes", 32), Optional.of(new CipherChoice("aes", 16)), true),
                        "",
                        Instant.EPOCH,
                        KeyDerivation.of(new PassphraseKeyModule()));
                ParameterValues values = new ParameterValues();
                Protection protection =
                        protector.protect(unlocked.fileKey(), unlocked.context(), values, Prompter.nobody())) {
            unlocked.add("open", "", protection.fields(), Instant.EPOCH);
            new KeyFileStore().create(file, unlocked.file());
        }
    }

    @Test
    void theKeyFileDecidesCiphersNamesAndKeys() throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=" + file + ",ecryptfs_passthrough=y");
                KeyFileMount mount = open(request, KERNEL, false)) {
            String content = mount.keys().get(0).signature().hex();
            String names = mount.keys().get(1).signature().hex();

            assertThat(mount.plan().decided())
                    .containsExactly(
                            "ecryptfs_sig=" + content,
                            "ecryptfs_cipher=aes",
                            "ecryptfs_key_bytes=32",
                            "ecryptfs_passthrough",
                            "ecryptfs_xattr_metadata",
                            "ecryptfs_fnek_sig=" + names,
                            "ecryptfs_fn_cipher=aes",
                            "ecryptfs_fn_key_bytes=16",
                            "ecryptfs_unlink_sigs");
        }
    }

    @Test
    void thePcrsOfTheProtectorThatGaveTheKeyAreWatched() throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=" + file);
                KeyFileMount mount = open(request, KERNEL, false)) {
            assertThat(mount.origin().keyFile()).contains(file);
            assertThat(mount.origin().watched())
                    .contains(new WatchedRegisters("open", Map.of(4, "ab"), Duration.ofSeconds(7)));
        }
    }

    @Test
    void aKeyFileThatStaysLockedIsRefused() throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=" + file)) {
            assertThatThrownBy(() -> open(request, KERNEL, true))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining(file.toString())
                    .extracting(e -> ((ToolFailure) e).code())
                    .isEqualTo(ToolFailure.EPERM);
        }
    }

    @Test
    void aKernelWithoutEncryptedNamesIsNamed() throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=" + file)) {
            assertThatThrownBy(() -> open(request, WITHOUT_NAMES, false)).hasMessageContaining("encrypted names");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ecryptfs_cipher=aes",
        "cipher=aes",
        "ecryptfs_key_bytes=32",
        "ecryptfs_fnek_sig=0123456789abcdef",
        "ecryptfs_enable_filename_crypto=n",
        "ecryptfs_sig=0123456789abcdef",
        "ecryptfs_xattr",
        "ecryptfs_recovery=/r"
    })
    void anOptionThatTheKeyFileDecidesIsRefusedByName(String option) throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=" + file + "," + option)) {
            assertThatThrownBy(() -> open(request, KERNEL, false))
                    .hasMessageContaining("option " + option.split("=", 2)[0] + " cannot be given");
        }
    }

    @Test
    void defaultsForOtherMountsDoNotContradictTheKeyFile() throws Exception {
        Path rc = Files.writeString(
                directory.resolve(".ecryptfsrc"), "ecryptfs_cipher=twofish", StandardCharsets.US_ASCII);
        try (MountRequest request = MountRequest.read("key=keyfile:keyfile=" + file, rc);
                KeyFileMount mount = open(request, KERNEL, false)) {
            assertThat(mount.plan().decided()).contains("ecryptfs_cipher=aes");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key=keyfile",
                "key=keyfile:keyfile=",
                "key=keyfile:keyfile=/a:tspi_uuid=1",
                "key=keyfile:tspi_uuid=1",
                "key=keyfile:keyfile=/a,key=passphrase"
            })
    void aKeyFileIsNamedOnceAndByItsPathAlone(String options) throws Exception {
        try (MountRequest request = read(options)) {
            assertThatThrownBy(() -> open(request, KERNEL, false))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("key=keyfile");
        }
    }

    @Test
    void aMissingKeyFileAndOneThatOthersCanWriteAreToldApart() throws Exception {
        try (MountRequest request = read("key=keyfile:keyfile=/no/such.key")) {
            assertThatThrownBy(() -> open(request, KERNEL, false)).hasMessageContaining("does not exist");
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        try (MountRequest request = read("key=keyfile:keyfile=" + file)) {
            assertThatThrownBy(() -> open(request, KERNEL, false)).hasMessageContaining("is not used");
        }
    }

    @Test
    void theNoticeOfAMissingDaemonNamesPcrsAndMountPoint() {
        WatchedRegisters watched = new WatchedRegisters("open", Map.of(4, "ab", 7, "cd"), Duration.ofSeconds(5));

        assertThat(GuardNotice.of(watched, Path.of("/secret"), directory.resolve("no-socket")))
                .hasValueSatisfying(notice -> assertThat(notice)
                        .contains("when PCR 4 or 7 changes", "/secret", "no ecryptfsd runs")
                        .contains("What to do"));
    }

    @Test
    void thereIsNoNoticeIfADaemonListens() throws Exception {
        Path socket = directory.resolve("control");
        WatchedRegisters watched = new WatchedRegisters("open", Map.of(4, "ab"), Duration.ofSeconds(5));
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket))) {
            assertThat(server.isOpen()).isTrue();
            assertThat(GuardNotice.of(watched, Path.of("/secret"), socket)).isEmpty();
        }
    }

    private KeyFileMount open(MountRequest request, EcryptfsVersion kernel, boolean refuses) throws Exception {
        try (Protectors protectors = Protectors.of(new OpenProtector(refuses))) {
            return KeyFileMount.open(request, modules, kernel, protectors, path -> Prompter.nobody());
        }
    }

    private MountRequest read(String options) throws Exception {
        return MountRequest.read(options, directory.resolve("no-rc"));
    }
}
