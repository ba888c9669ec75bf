package org.ecryptfsj.tools.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.RecoveryProtector;
import org.ecryptfsj.keyfile.Unlocker;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.FakeKeyringView;
import org.ecryptfsj.tools.machine.FakeMachine;
import org.ecryptfsj.tools.machine.FakeTpm;
import org.ecryptfsj.tools.machine.FakeTpm2Protector;
import org.ecryptfsj.tools.machine.FakeTpmProtector;
import org.ecryptfsj.tree.UntrustedFileException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.ParseResult;

/** A set-up on a machine of files, whose programs only note that they were called. */
class SetupTpmTest {
    private static final String CONFIG = "/etc/default/ecryptfs-tpm-mount";
    private static final String UNDO_LOG = "/var/lib/ecryptfsj/setup-tpm.journal";
    private static final String KEY_FILE = "/etc/ecryptfsj/keys/plain.key";
    private static final String ENCRYPTED = "ECRYPTFS_FNEK_ENCRYPTED.";

    /** docs/spec/key-file.md, section 6: 8 groups of 5 characters. */
    private static final Pattern CODE = Pattern.compile("(?:[0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}");

    private static final List<String> WISHES =
            List.of("--pcrs", "0,2", "--source", "/deep/lower", "--mount-point", "/plain");

    @TempDir
    private Path root;

    @TempDir
    private Path elsewhere;

    private FakeMachine tree;
    private final FakeTpm chip = new FakeTpm();
    private final Protectors protectors =
            Protectors.of(new FakeTpmProtector(chip), new FakeTpm2Protector(), new RecoveryProtector());
    private final ByteArrayOutputStream secrets = new ByteArrayOutputStream();
    private final List<String> called = new ArrayList<>();
    private Optional<String> failing = Optional.empty();

    private int failingAfter;
    private int steps;
    private int killedAt = Integer.MAX_VALUE;

    /** As SIGKILL ends a program: nothing of it runs any more. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private void step() {
        if (++steps > killedAt) {
            throw new Killed();
        }
    }

    private interface Change {
        void make(FileOperations files) throws IOException;
    }

    private void changing(Change change) throws IOException {
        step();
        change.make(FileOperations.ofThisMachine());
    }

    private final FileOperations files = new FileOperations() {
        @Override
        public void makeDirectory(Path directory, String permissions) throws IOException {
            changing(files -> files.makeDirectory(directory, permissions));
        }

        @Override
        public void write(Path file, byte[] contents, String permissions) throws IOException {
            changing(files -> files.write(file, Arrays.copyOf(contents, contents.length / 2), permissions));
            changing(files -> files.write(file, contents, permissions));
        }

        /** As the store does it, killed before and after the incomplete file has its name. */
        @Override
        public void create(Path file, KeyFile content) throws KeyFileException, IOException {
            Path fresh = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".new");
            changing(files -> files.write(fresh, Arrays.copyOf(content.bytes(), 10), "rw-------"));
            step();
            Files.delete(fresh);
            FileOperations.ofThisMachine().create(file, content);
            step();
        }

        @Override
        public void copy(Path file, Path to) throws IOException {
            changing(files -> files.write(to, new byte[1], "rw-------"));
            changing(files -> files.copy(file, to));
        }

        @Override
        public void move(Path file, Path to) throws IOException {
            changing(files -> files.move(file, to));
        }

        @Override
        public void delete(Path file) throws IOException {
            changing(files -> files.delete(file));
        }
    };

    /** Mounting shows on the machine where it mounts, and what is written there is in the lower directory. */
    private final CommandRunner programs = new CommandRunner() {
        @Override
        public Result run(List<String> command) throws IOException {
            step();
            Result result = change(command);
            step();
            return result;
        }

        private Result change(List<String> command) throws IOException {
            String line = String.join(" ", command);
            called.add(line);
            if (failing.filter(line::startsWith).isPresent() && failingAfter-- <= 0) {
                return new Result(32, "no such luck\n");
            }
            if (line.startsWith("mount ")) {
                String lower = command.get(command.size() - 2);
                boolean names = line.contains("key=keyfile:");
                tree.file("/proc/self/mounts", lower + " /plain ecryptfs rw" + (names ? ",fnek" : "") + " 0 0\n");
                show(lower, "/plain", name -> names ? name.replace(ENCRYPTED, "") : name);
            }
            if (line.startsWith("umount ")) {
                String mount = Files.readString(tree.at("/proc/self/mounts"));
                tree.file("/proc/self/mounts", "");
                show(
                        "/plain",
                        mount.substring(0, mount.indexOf(' ')),
                        name -> mount.contains("fnek") ? ENCRYPTED + name : name);
            }
            if (line.equals("update-rc.d ecryptfs-tpm-mount defaults")) {
                tree.link("/etc/rc2.d/S01ecryptfs-tpm-mount", "../init.d/ecryptfs-tpm-mount");
            }
            if (line.equals("update-rc.d -f ecryptfs-tpm-mount remove")) {
                Files.deleteIfExists(tree.at("/etc/rc2.d/S01ecryptfs-tpm-mount"));
            }
            if (line.equals("ecryptfs-setup-swap --force")) {
                tree.file("/etc/crypttab", "cryptswap1 /dev/vdz /dev/urandom swap\n");
            }
            if (line.equals("ecryptfs-setup-swap --undo")) {
                tree.file("/etc/crypttab", "");
            }
            return new Result(0, "");
        }

        /** One directory's files appear in the other. */
        private void show(String from, String at, UnaryOperator<String> naming) throws IOException {
            try (Stream<Path> inside = Files.list(tree.at(from))) {
                for (Path file : inside.toList()) {
                    Files.move(
                            file,
                            tree.at(at).resolve(naming.apply(file.getFileName().toString())));
                }
            }
        }

        @Override
        public int runInteractively(List<String> command) {
            called.add(String.join(" ", command));
            return 0;
        }
    };

    @BeforeEach
    void aMachineWithoutASetUp() {
        tree = FakeMachine.inOrder(root)
                .file(CONFIG, "#TSPI_UUID=\n")
                .mode(CONFIG, "rw-r-----")
                .without("/etc/rc2.d/S01ecryptfs-tpm-mount");
    }

    @Test
    void aDryRunChangesNothing() throws Exception {
        Map<String, String> before = files();

        assertThat(setUp("", plus("--dry-run"))).isZero();

        assertThat(files()).isEqualTo(before);
        assertThat(called).isEmpty();
        assertThat(chip.keys()).isEmpty();
    }

    @Test
    void aScriptedRunInEnvelopeModeSetsUpAndUndoLeavesNothing() throws Exception {
        Map<String, String> before = files();

        assertThat(setUp("", plus("--yes", "--envelope"))).isZero();

        String uuid = chip.keys().get(0);
        assertThat(Files.readString(tree.at(CONFIG)))
                .contains("TSPI_UUID=" + uuid + "\n", "SRC_PATH=\"/deep/lower\"\n", "MOUNT_POINT=\"/plain\"\n")
                .contains("MOUNT_OPTIONS=\"tspi_mode=envelope,ecryptfs_cipher=aes,");
        assertThat(called).containsExactlyElementsOf(calls(tspi(uuid)));
        assertThat(secrets.size()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.at("/deep/lower"))))
                .isEqualTo("rwx------");

        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(files()).isEqualTo(before);
        assertThat(chip.keys()).isEmpty();
        assertThat(called).endsWith("umount /plain", "update-rc.d -f ecryptfs-tpm-mount remove");
    }

    /** Root takes back what it tells of: removes directories and keys, writes files anew. */
    @Test
    void aJournalThatOthersCouldHaveWrittenIsNotBelieved() throws Exception {
        setUp("", plus("--yes"));
        Map<String, String> before = files();
        Path undoLog = tree.at(UNDO_LOG);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(undoLog)))
                .isEqualTo("rw-------");

        tree.mode(UNDO_LOG, "rw-rw----");
        assertThatThrownBy(() -> setUp("", List.of("--undo")))
                .isInstanceOf(UntrustedFileException.class)
                .hasMessageContaining("others may write to " + undoLog);
        tree.mode(UNDO_LOG, "rw-------");
        Files.setAttribute(undoLog, "unix:uid", 65534);
        assertThatThrownBy(() -> setUp("", List.of("--undo")))
                .isInstanceOf(UntrustedFileException.class)
                .hasMessageContaining("belongs to user 65534");
        Files.setAttribute(undoLog, "unix:uid", Account.effectiveUid());
        tree.mode("/var/lib/ecryptfsj", "rwxrwxrwx");
        assertThatThrownBy(() -> setUp("", List.of("--undo")))
                .isInstanceOf(UntrustedFileException.class)
                .hasMessageContaining("others may write to");
        assertThat(files()).isEqualTo(before);

        tree.mode("/var/lib/ecryptfsj", "rwxr-xr-x");
        assertThat(setUp("", List.of("--undo"))).isZero();
    }

    private static String tspi(String uuid) {
        return "key=tspi:tspi_uuid=" + uuid + ",tspi_mode=envelope,ecryptfs_cipher=aes,"
                + "ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n,no_sig_cache";
    }

    private static List<String> calls(String options) {
        String probe = "mount -t ecryptfs -o " + options + " /deep/lower/.ecryptfs-setup-tpm /plain";
        return List.of(
                "update-rc.d ecryptfs-tpm-mount defaults",
                probe,
                "umount /plain",
                probe,
                "umount /plain",
                "mount -t ecryptfs -o " + options + " /deep/lower /plain");
    }

    @Test
    void aScriptedRunMakesAKeyFileWhoseCodeIsPrintedOnceAndUndoLeavesNothing() throws Exception {
        Map<String, String> before = files();

        assertThat(setUp("", plus("--yes"))).isZero();

        assertThat(Files.readString(tree.at(CONFIG)))
                .contains("KEY_FILE=\"" + KEY_FILE + "\"\n", "ASK=no\n", "SRC_PATH=\"/deep/lower\"\n")
                .contains("MOUNT_POINT=\"/plain\"\n")
                .doesNotContain("TSPI_UUID", "MOUNT_OPTIONS");
        assertThat(called).containsExactlyElementsOf(calls("key=keyfile:keyfile=" + KEY_FILE + ",noask"));
        KeyFile file = new KeyFileStore().read(tree.at(KEY_FILE));
        assertThat(file.protectors()).extracting(ProtectorEntry::type).containsExactly("tspi", "recovery");
        assertThat(file.mount().names()).isPresent();
        assertThat(file.label()).isEqualTo("/plain");
        assertThat(file.protectors().get(0).fields().text("key", 32))
                .isEqualTo(chip.keys().get(0));
        assertUnlockedBy(printedCode(), file);
        assertThat(files().values()).noneMatch(text -> text.contains(printedCode()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.at("/etc/ecryptfsj/keys"))))
                .isEqualTo("rwx------");

        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(files()).isEqualTo(before);
        assertThat(chip.keys()).isEmpty();
    }

    private void withTpm2() {
        tree.file("/sys/class/tpm/tpm0/tpm_version_major", "2\n").withoutProcess(FakeMachine.TCSD);
    }

    @Test
    void aTpm2NeedsNeitherTcsdNorAKeyOfItsOwnAndUndoLeavesNothing() throws Exception {
        withTpm2();
        Map<String, String> before = files();

        assertThat(setUp("", List.of("--yes", "--pcrs", "7", "--source", "/deep/lower", "--mount-point", "/plain")))
                .isZero();

        KeyFile file = new KeyFileStore().read(tree.at(KEY_FILE));
        assertThat(file.protectors()).extracting(ProtectorEntry::type).containsExactly("tpm2", "recovery");
        assertThat(file.protectors().get(0).fields().text("pcrs", 9)).isEqualTo("7");
        assertThat(chip.keys()).isEmpty();
        assertThat(Files.readString(tree.at(CONFIG))).contains("KEY_FILE=\"" + KEY_FILE + "\"\n", "ASK=no\n");
        assertUnlockedBy(printedCode(), file);

        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void ifWishedTheNextBootShowsWhetherThePcrsStayAsTheyAre() throws Exception {
        withTpm2();

        assertThat(setUp(
                        "",
                        List.of(
                                "--yes",
                                "--check-next-boot",
                                "--pcrs",
                                "7",
                                "--source",
                                "/deep/lower",
                                "--mount-point",
                                "/plain")))
                .isZero();

        KeyFile file = new KeyFileStore().read(tree.at(KEY_FILE));
        assertThat(file.protectors()).extracting(ProtectorEntry::type).containsExactly("tpm2", "recovery", "tpm2");
        assertThat(file.protectors().get(2).fields().text("boots", 9)).isEqualTo("1");
    }

    @Test
    void withoutPcrsThereIsNothingToCheck() {
        withTpm2();

        assertThatThrownBy(() -> setUp(
                        "",
                        List.of(
                                "--yes",
                                "--check-next-boot",
                                "--pcrs",
                                "none",
                                "--source",
                                "/deep/lower",
                                "--mount-point",
                                "/plain")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("--check-next-boot needs a TPM 2.0");
    }

    @Test
    void optionsForATpm1AreRefusedOnATpm2() {
        withTpm2();

        for (String option : List.of("--direct", "--envelope", "--take-ownership")) {
            assertThatThrownBy(() -> setUp("", plus("--yes", option)))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("this machine has a TPM 2.0");
        }
    }

    @Test
    void thePcrsOfATpm2AreExplainedAndSecureBootIsProposed() throws Exception {
        Tpm2Registers offered = Tpm2Registers.read(new FakeTpm2Protector());

        assertThat(offered.proposal()).isEqualTo("7");
        assertThat(offered.explanation())
                .contains("  PCR 7   7a7a7a7a7a7a7a7a...  the state of Secure Boot and its keys\n")
                .contains("  PCR 14  0000000000000000...  the keys of shim (MOK) (no measurement)\n");
    }

    private void assertUnlockedBy(String code, KeyFile file) throws Exception {
        Prompter typed = new Prompter() {
            @Override
            public int attempts() {
                return 1;
            }

            @Override
            public Secret ask(Question question) {
                return Secret.takeBytes(code.getBytes(StandardCharsets.US_ASCII));
            }
        };
        try (var unlocked = new Unlocker(protectors, typed, failure -> {}).unlock(file, 2)) {
            assertThat(unlocked.protector().type()).isEqualTo("recovery");
        }
    }

    private String printedCode() {
        Matcher code = CODE.matcher(secrets.toString(StandardCharsets.US_ASCII));
        assertThat(code.find()).isTrue();
        return code.group();
    }

    @Test
    void withJsonOutputTheCodeIsPrintedToo() throws Exception {
        assertThat(setUp("", plus("--yes", "--json"))).isZero();

        assertUnlockedBy(printedCode(), new KeyFileStore().read(tree.at(KEY_FILE)));
    }

    @Test
    void aKeyFileThatExistsIsNeverReplaced() throws Exception {
        tree.file(KEY_FILE, "of another directory").directory("/etc/ecryptfsj/keys");

        assertThat(setUp("", plus("--yes"))).isZero();

        assertThat(Files.readString(tree.at(KEY_FILE))).isEqualTo("of another directory");
        assertThat(tree.at("/etc/ecryptfsj/keys/plain-2.key")).exists();
        assertThat(Files.readString(tree.at(CONFIG))).contains("plain-2.key");
        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(tree.at(KEY_FILE)).exists();
    }

    @Test
    void withAKeyFileNoDaemonIsNeeded() throws Exception {
        tree.withoutProcess(FakeMachine.DAEMON).without("/run/ecryptfsd.pid").without("/dev/ecryptfs");

        assertThatThrownBy(() -> setUp("", plus("--yes", "--direct")))
                .hasMessageContaining("this machine is not ready: 2 problems, see above");
        assertThat(setUp("", plus("--yes"))).isZero();
    }

    @Test
    void filesThatEcryptfsUtilsReadsAreMadeWithoutAMode() throws Exception {
        setUp("", plus("--yes", "--direct"));

        assertThat(Files.readString(tree.at(CONFIG))).doesNotContain("tspi_mode");
    }

    @Test
    void aRecoveryPassphraseIsKeptSealedOnly() throws Exception {
        Path file = Files.writeString(elsewhere.resolve("pass"), "passphrase_passwd=correct horse battery\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        Map<String, String> before = files();
        setUp("", plus("--yes", "--envelope", "--recovery-passphrase-file", file.toString()));

        assertThat(Files.readAllBytes(tree.at(SetupTpm.RECOVERY)))
                .startsWith("ECJSEAL1".getBytes(StandardCharsets.US_ASCII))
                .hasSize(8 + "correct horse battery".length());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.at(SetupTpm.RECOVERY))))
                .isEqualTo("rw-------");
        assertThat(Files.readString(tree.at(CONFIG))).contains(",ecryptfs_recovery=" + SetupTpm.RECOVERY);
        assertThat(files().values()).noneMatch(text -> text.contains("correct horse"));

        setUp("", List.of("--undo"));
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void aStepThatFailsHasAllTakenBack() throws Exception {
        Map<String, String> before = files();
        failing = Optional.of("mount ");

        assertThatThrownBy(() -> setUp("", plus("--yes")))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("no such luck")
                .hasMessageContaining("All earlier steps were rolled back");

        assertThat(files()).isEqualTo(before);
        assertThat(chip.keys()).isEmpty();
    }

    @Test
    void aTestOfTheMountThatFailsHalfWayLeavesNothing() throws Exception {
        Map<String, String> before = files();
        for (int mounts : new int[] {1, 2, 3}) {
            called.clear();
            failing = Optional.of("mount ");
            failingAfter = mounts - 1;

            assertThatThrownBy(() -> setUp("", plus("--yes")))
                    .hasMessageContaining("no such luck")
                    .hasMessageContaining("All earlier steps were rolled back");

            assertThat(files()).isEqualTo(before);
            assertThat(chip.keys()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(SetupMode.class)
    void killedBetweenAnyTwoStepsUndoLeavesNothing(SetupMode mode) throws Exception {
        Path file = Files.writeString(elsewhere.resolve("pass"), "passphrase_passwd=correct horse battery\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        tree.file("/proc/swaps", "Filename Type Size Used Priority\n/dev/vdz partition 1 0 -2\n")
                .file("/etc/crypttab", "");
        List<String> all = new ArrayList<>(plus("--yes", "--encrypted-swap", "/dev/vdz"));
        if (mode != SetupMode.KEY_FILE) {
            all.addAll(List.of("--" + mode, "--recovery-passphrase-file", file.toString()));
        }
        Map<String, String> before = files();
        chip.beforeEachKey(this::step);
        boolean killed = true;
        for (int at = 0; killed; at++) {
            steps = 0;
            killedAt = at;
            killed = false;
            try {
                setUp("", all);
            } catch (Killed expected) {
                killed = true;
            }
            killedAt = Integer.MAX_VALUE;

            assertThat(setUp("", List.of("--undo")))
                    .as("killed after %s steps", at)
                    .isZero();
            assertThat(files()).as("killed after %s steps", at).isEqualTo(before);
            assertThat(chip.keys()).as("killed after %s steps", at).isEmpty();
        }
        assertThat(steps).isGreaterThan(25);
    }

    @Test
    void whatCannotBeTakenBackIsSaidAndStaysInTheJournal() throws Exception {
        failing = Optional.of("update-rc.d -f");
        setUp("", plus("--yes"));

        assertThat(setUp("", List.of("--undo"))).isEqualTo(1);
        assertThat(Files.readString(tree.at(UNDO_LOG))).contains("\"SERVICE\"").doesNotContain("\"KEY\"");
        assertThatThrownBy(() -> setUp("", plus("--yes")))
                .hasMessageContaining("SERVICE ecryptfs-tpm-mount")
                .extracting(e -> ((ToolFailure) e).advice())
                .isEqualTo("ecryptfs-setup-tpm --undo");

        failing = Optional.empty();
        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(tree.at(UNDO_LOG)).doesNotExist();
    }

    @Test
    void aKeyFileThatFilesNeedStays() throws Exception {
        setUp("", plus("--yes"));
        String content = Files.readString(tree.at(KEY_FILE));
        tree.file("/deep/lower/precious", "x");

        assertThat(setUp("", List.of("--undo"))).isEqualTo(1);
        assertThat(chip.keys()).hasSize(1);
        assertThat(Files.readString(tree.at(KEY_FILE))).isEqualTo(content);
        assertThat(Files.readString(tree.at(UNDO_LOG))).contains("\"KEY_FILE\"", "\"KEY\"");

        tree.without("/deep/lower/precious");
        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(chip.keys()).isEmpty();
        assertThat(tree.at("/etc/ecryptfsj")).doesNotExist();
    }

    @Test
    void aKeyThatFilesNeedStays() throws Exception {
        setUp("", plus("--yes", "--envelope"));
        tree.file("/deep/lower/precious", "x");

        assertThat(setUp("", List.of("--undo"))).isEqualTo(1);
        assertThat(chip.keys()).hasSize(1);
        assertThat(tree.at("/deep/lower/precious")).exists();
        assertThat(Files.readString(tree.at(CONFIG))).isEqualTo("#TSPI_UUID=\n");

        tree.without("/deep/lower/precious");
        assertThat(setUp("", List.of("--undo"))).isZero();
        assertThat(chip.keys()).isEmpty();
        assertThat(tree.at("/deep")).doesNotExist();
    }

    @Test
    void aSecondRunDoesNothingTwice() throws Exception {
        setUp("", plus("--yes"));
        Map<String, String> before = files();
        int calls = called.size();

        assertThat(setUp("", plus("--yes"))).isZero();

        assertThat(files()).isEqualTo(before);
        assertThat(called).hasSize(calls);
        assertThatThrownBy(() -> setUp("", List.of("--yes", "--pcrs", "0", "--source", "/x", "--mount-point", "/y")))
                .hasMessage("/deep/lower is already set up with the mount point /plain");
    }

    @Test
    void aMachineThatIsNotReadyIsLeftAlone() throws Exception {
        tree.withoutProcess(FakeMachine.TCSD).file("/sys/class/tpm/tpm0/owned", "0\n");
        Map<String, String> before = files();

        assertThatThrownBy(() -> setUp("", plus("--yes")))
                .hasMessageContaining("this machine is not ready: 2 problems, see above")
                .extracting(e -> ((ToolFailure) e).advice())
                .asString()
                .contains("--take-ownership");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void ownershipIsTakenIfAskedFor() throws Exception {
        tree.file("/sys/class/tpm/tpm0/owned", "0\n");

        assertThatThrownBy(() -> setUp("", plus("--yes", "--take-ownership"))).isInstanceOf(ToolFailure.class);

        assertThat(called).containsExactly("tpm_createek", "tpm_takeownership -y -z");
    }

    @Test
    void directoriesWithContentAndAForeignConfigurationAreRefused() throws Exception {
        tree.file("/plain/file", "x");
        assertThatThrownBy(() -> setUp("", plus("--yes"))).hasMessage("/plain is not an empty directory");
        tree.without("/plain/file").file(CONFIG, "TSPI_UUID=" + FakeMachine.UUID + "\n");

        assertThatThrownBy(() -> setUp("", plus("--yes"))).hasMessageContaining("already names a key");
        tree.file(CONFIG, "KEY_FILE=/etc/ecryptfsj/keys/other.key\n");
        assertThatThrownBy(() -> setUp("", plus("--yes"))).hasMessageContaining("already names a key");
        assertThat(chip.keys()).isEmpty();
    }

    @Test
    void aKeyThatCannotBeMadeIsToldWithTheModulesAdvice() {
        chip.failWith(Reason.AUTHENTICATION, "the SRK has another secret", "Configure it.", 1);

        assertThatThrownBy(() -> setUp("", plus("--yes")))
                .hasMessageContaining("the SRK has another secret")
                .extracting(e -> ((ToolFailure) e).advice())
                .isEqualTo("Configure it.");
    }

    @Test
    void whatIsMissingIsAskedAndNothingIsDoneWithoutAYes() throws Exception {
        Map<String, String> before = files();

        assertThat(setUp("/deep/lower\n/plain\n2\nn\nn\n", List.of("--envelope")))
                .isZero();
        assertThat(files()).isEqualTo(before);
        assertThat(setUp("/deep/lower\n/plain\n2\nn\n", List.of())).isZero();
        assertThat(files()).isEqualTo(before);
        assertThat(setUp("/deep/lower\n/plain\n2\ny\n", List.of())).isZero();

        assertThat(chip.keys()).hasSize(1);
        assertThat(Files.readString(tree.at(UNDO_LOG))).contains("\"COMPLETE\"");
    }

    @Test
    void wrongUsageIsTold() {
        assertThatThrownBy(() -> setUp("", List.of("--yes", "--pcrs", "0"))).hasMessageContaining("--source");
        assertThatThrownBy(() -> setUp("", List.of("--json"))).hasMessage("--json does not ask questions");
        assertThatThrownBy(() -> setUp("", plus("--yes", "--direct", "--envelope")))
                .hasMessage("--direct and --envelope exclude each other");
        assertThatThrownBy(() -> setUp("", plus("--yes", "--recovery-passphrase-file", "/f")))
                .hasMessageContaining("--recovery-passphrase-file belongs to --envelope and --direct");
        assertThatThrownBy(() -> setUp("", plus("--yes", "--encrypted-swap", "/dev/vdz")))
                .hasMessage("/dev/vdz is not in use as swap");
        assertThatThrownBy(() -> SetupQuestions.registers("0;2")).hasMessage("\"0;2\" is not a list of PCRs");
        assertThatThrownBy(() -> SetupOptions.path("relative")).hasMessageContaining("cannot be a protected directory");
        assertThatThrownBy(() -> SetupOptions.path("/a$b")).hasMessageContaining("cannot be a protected directory");
        assertThatThrownBy(() -> SetupOptions.path("/")).hasMessageContaining("cannot be a protected directory");
    }

    @Test
    void thePcrsAreShownWithTheirValuesAndMeanings() {
        assertThat(SetupQuestions.explanation(List.of("12".repeat(20), "0".repeat(40))))
                .contains("  PCR 0  " + "12".repeat(20) + "  the firmware\n")
                .contains("  PCR 1  " + "0".repeat(40) + "  the firmware's settings and the hardware (no measurement)");
    }

    private static List<String> plus(String... more) {
        return Stream.concat(WISHES.stream(), Arrays.stream(more)).toList();
    }

    private int setUp(String typed, List<String> arguments) throws Exception {
        secrets.reset();
        SetupContext context = new SetupContext(
                tree.machine(),
                new FakeKeyringView(true, true),
                KeyModules.of(chip, new PassphraseKeyModule()),
                protectors,
                programs,
                files,
                () -> secrets);
        ParseResult parsed = Grammar.parse(new SetupTpm().grammar(), arguments).orElseThrow();
        try (ScriptedTerminal terminal = new ScriptedTerminal(elsewhere, typed)) {
            return SetupTpm.run(parsed, context, terminal.terminal());
        }
    }

    /** Every file's text, directory and link of the machine. */
    private Map<String, String> files() throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                String name = root.relativize(path).toString();
                if (!name.equals("proc/self/mounts")) {
                    all.put(name, Files.isRegularFile(path) ? Files.readString(path, StandardCharsets.ISO_8859_1) : "");
                }
            }
        }
        return all;
    }
}
