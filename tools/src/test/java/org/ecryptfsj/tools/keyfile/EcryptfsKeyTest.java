package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ecryptfsj.keyfile.PassphraseProtector;
import org.ecryptfsj.keyfile.RecoveryProtector;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command with real key files. */
class EcryptfsKeyTest {
    private static final int DONE = 0;
    private static final int USAGE = 2;

    /** docs/spec/key-file.md, section 6: 8 groups of 5 characters. */
    private static final Pattern CODE = Pattern.compile("(?:[0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}");

    /** Any tree of a passphrase mount: docs/spec/auth-tok.md, section 2. */
    private static final String TREE_PASSPHRASE = "a passphrase of old";

    @TempDir
    private Path directory;

    private final StateProtector state = new StateProtector();
    private final ScriptedPrompter person = new ScriptedPrompter();
    private final ByteArrayOutputStream secrets = new ByteArrayOutputStream();
    private final List<String> inserted = new ArrayList<>();
    private Optional<Terminal> terminal = Optional.empty();
    private Path file;

    @BeforeEach
    void chooseFile() {
        file = directory.resolve("secret.key");
    }

    private CommandResult key(String... arguments) throws IOException {
        secrets.reset();
        return CommandResult.with(
                new EcryptfsKey(new KeyFileSession.Environment(
                        path -> person,
                        () -> terminal,
                        () -> secrets,
                        () -> Protectors.of(state, new PassphraseProtector(), new RecoveryProtector()),
                        token -> inserted.add(token.signature().hex()))),
                arguments);
    }

    private String printedSecret() {
        return secrets.toString(StandardCharsets.UTF_8);
    }

    private String printedCode() {
        Matcher code = CODE.matcher(printedSecret());
        assertThat(code.find()).isTrue();
        return code.group();
    }

    /** @return the recovery code */
    private String created() throws IOException {
        CommandResult made =
                key("create", file.toString(), "--protector", "state", "--recovery", "--label", "my files");
        assertThat(made.code()).as(made.err()).isEqualTo(DONE);
        return printedCode();
    }

    private Map<String, Object> shown() throws IOException {
        CommandResult shown = key("show", "--json", file.toString());
        assertThat(shown.code()).as(shown.err()).isEqualTo(DONE);
        return JSON.std.mapFrom(shown.out());
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> protectors() throws IOException {
        return (List<Map<String, Object>>) shown().get("protectors");
    }

    @Test
    void aKeyFileIsMadeForItsOwnerAndItsCodeIsPrinted() throws IOException {
        CommandResult made = key("create", file.toString(), "--protector", "state", "--recovery");

        assertThat(made.code()).as(made.err()).isEqualTo(DONE);
        assertThat(made.out())
                .startsWith("Key file " + file + " made with protector 1 (state), protector 2 (recovery)\n")
                .contains("Write it down now")
                .doesNotContainPattern(CODE);
        assertThat(made.err()).isEmpty();
        assertThat(printedSecret()).containsPattern(CODE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void theLastProtectorThatStaysIsNotRemovedWhileATemporaryOneIsThere() throws IOException {
        key("create", file.toString(), "--protector", "state", "--protector", "state:state_lifetime=TEMPORARY");

        CommandResult refused = key("remove", file.toString(), "1");

        assertThat(refused.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(refused.err()).contains("protector 1 is the last one that stays");
        assertThat(key("remove", file.toString(), "2").code()).isEqualTo(DONE);
    }

    @Test
    void theNextBootIsAllowedOnlyWhereATpm2CountsBoots() throws IOException {
        created();

        CommandResult refused = key("allow-next-boot", file.toString());

        assertThat(refused.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(refused.err())
                .contains("no protector of a TPM 2.0")
                .contains("type the recovery code after the update");
        assertThat(key("allow-next-boot", file.toString(), "--boots", "0").code())
                .isEqualTo(USAGE);
        assertThat(key("allow-next-boot", file.toString(), "--boots", "2", "--firmware")
                        .err())
                .contains("--boots and --firmware exclude each other");
    }

    @Test
    void withoutRecoveryAndPassphraseThereIsAWarning() throws IOException {
        CommandResult made = key("create", file.toString(), "--protector", "state");

        assertThat(made.code()).isEqualTo(DONE);
        assertThat(made.err())
                .contains("warning: the key file has no recovery code and no passphrase")
                .contains("ecryptfs-key add " + file + " --recovery");
    }

    @Test
    void aFileThatExistsIsNotReplacedAndNobodyIsAsked() throws IOException {
        Files.writeString(file, "anything");

        CommandResult made = key("create", file.toString(), "--passphrase");

        assertThat(made.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(made.err()).contains(file + ": the key file is not made: a file of that name exists");
        assertThat(person.questions()).isEmpty();
        assertThat(file).hasContent("anything");
    }

    @Test
    void aProtectorIsNeeded() throws IOException {
        CommandResult made = key("create", file.toString());

        assertThat(made.code()).isEqualTo(USAGE);
        assertThat(made.err()).contains("no protector is given").contains("--recovery");
        assertThat(file).doesNotExist();
    }

    @Test
    void anUnknownTypeIsRefusedWithTheInstalledOnes() throws IOException {
        CommandResult made = key("create", file.toString(), "--tspi", "-p", "0", "-p", "2");

        assertThat(made.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(made.err())
                .contains("protectors of type \"tspi\" are not installed")
                .contains("the types are passphrase, recovery, state");
        assertThat(file).doesNotExist();
    }

    @Test
    void pcrsBelongToTheTpm() throws IOException {
        CommandResult made = key("create", file.toString(), "-p", "0", "--recovery");

        assertThat(made.code()).isEqualTo(USAGE);
        assertThat(made.err()).contains("belong to --tspi");
    }

    @Test
    void optionsOfOneTpmAreNoneOfTheOther() throws IOException {
        assertThat(key("create", file.toString(), "--tspi", "--tpm2").err()).contains("exclude each other");
        assertThat(key("create", file.toString(), "--tspi", "--pin").err()).contains("--pin belongs to --tpm2");
        assertThat(key("create", file.toString(), "--tpm2", "--tspi-uuid", "0").err())
                .contains("belongs to --tspi");
        assertThat(key("create", file.toString(), "--tpm2", "-p", "7", "--pin").err())
                .contains("protectors of type \"tpm2\" are not installed");
    }

    @Test
    void aSecretIsNotTakenFromTheArguments() throws IOException {
        CommandResult ofPassphrase = key("create", file.toString(), "--protector", "passphrase:passphrase=open sesame");
        CommandResult ofOther = key("create", file.toString(), "--protector", "state:state_code=1234");

        assertThat(ofPassphrase.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(ofPassphrase.err())
                .contains("other users can read arguments")
                .doesNotContain("sesame");
        assertThat(ofOther.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(ofOther.err()).doesNotContain("1234");
        assertThat(file).doesNotExist();
    }

    @Test
    void parametersOfOtherTypesAreRefused() throws IOException {
        CommandResult made = key("create", file.toString(), "--protector", "state:tspi_pcr=0,2");

        assertThat(made.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(made.err()).contains("have no parameter \"tspi_pcr\"").contains("state_note");
    }

    @Test
    void aCommaIsPartOfAValue() throws IOException {
        key("create", file.toString(), "--protector", "state:state_note=0,2,state_note=1,2");

        assertThat(Files.readString(file)).contains("\"note\": \"1,2\"");
    }

    @Test
    void cipherAndSizeAreThoseOfEcryptfs() throws IOException {
        assertThat(key("create", file.toString(), "--cipher", "ase", "--recovery")
                        .err())
                .contains("eCryptfs has no cipher \"ase\"");
        assertThat(key("create", file.toString(), "--key-bytes", "17", "--recovery")
                        .err())
                .contains("no key of 17 bytes");

        assertThat(key("create", file.toString(), "--cipher", "twofish", "--no-names", "--recovery")
                        .code())
                .isEqualTo(DONE);
        assertThat(shown().get("contents").toString()).contains("cipher=twofish, key_bytes=32");
        assertThat(shown()).doesNotContainKey("names");
    }

    @Test
    void showTellsTheStateOfEachProtectorAndSucceeds() throws IOException {
        created();
        state.present = "other";

        CommandResult shown = key("show", file.toString());

        assertThat(shown.code()).isEqualTo(DONE);
        assertThat(shown.out())
                .contains("Label:     my files")
                .contains("Protector: 1, state")
                .contains("Needs:     the state trusted")
                .contains("State:     cannot be used now: the state is other, not trusted. What to do: bind it anew")
                .contains("Protector: 2, recovery")
                .contains("State:     no obstacle is known");
        assertThat(protectors().get(0))
                .containsEntry("id", 1)
                .containsEntry("type", "state")
                .containsEntry("usable", false)
                .containsEntry(
                        "obstacle",
                        Map.of(
                                "reason",
                                "state_changed",
                                "message",
                                "the state is other, not trusted",
                                "advice",
                                "bind it anew with ecryptfs-key rebind"));
        assertThat(protectors().get(1)).containsEntry("usable", true).doesNotContainKey("obstacle");
    }

    @Test
    void aMalformedFileAndAnotherVersionAreRefused() throws IOException {
        created();
        String content = Files.readString(file);

        Files.writeString(file, content.substring(0, content.length() / 2));
        CommandResult cut = key("show", file.toString());
        Files.writeString(file, content.replace("\"version\": 1", "\"version\": 2"));
        CommandResult other = key("test", file.toString());

        assertThat(cut.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(cut.err()).contains(file.toString()).contains("restore the key file from a backup");
        assertThat(other.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(other.err()).contains("the key file is of version 2").contains("a newer ecryptfsj");
    }

    @Test
    void aFileThatOthersMayWriteIsRefused() throws IOException {
        created();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        CommandResult shown = key("show", file.toString());

        assertThat(shown.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(shown.err()).contains("others may write to " + file).contains("chmod");
    }

    @Test
    void aFileThatIsMissingIsNamed() throws IOException {
        CommandResult shown = key("show", file.toString());

        assertThat(shown.code()).isEqualTo(ToolFailure.ENOENT);
        assertThat(shown.err()).contains(file + " does not exist");
    }

    @Test
    void testUnlocksByTheFirstProtectorThatWorks() throws IOException {
        String code = created();

        assertThat(key("test", file.toString()).out()).contains("protector 1 (state) unlocks " + file);

        state.present = "other";
        person.answering(code);
        CommandResult byCode = key("test", file.toString(), "--json");
        assertThat(byCode.code()).isEqualTo(DONE);
        assertThat(byCode.err())
                .isEqualTo("protector 1 (state): the state is other, not trusted."
                        + " What to do: bind it anew with ecryptfs-key rebind\n");
        assertThat(JSON.std.mapFrom(byCode.out()))
                .containsEntry("unlocked", true)
                .containsEntry("protector", 2)
                .extracting("failures")
                .asString()
                .contains("reason=state_changed");
    }

    @Test
    void testTriesOneProtectorOnly() throws IOException {
        String code = created();
        person.answering(code);

        CommandResult second = key("test", file.toString(), "2");
        CommandResult third = key("test", file.toString(), "3");

        assertThat(second.out()).contains("protector 2 (recovery) unlocks");
        assertThat(third.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(third.err()).contains("no protector 3");
    }

    @Test
    void insertAddsBothKeysToTheKeyring() throws IOException {
        created();

        CommandResult done = key("insert", file.toString());

        assertThat(done.code()).as(done.err()).isEqualTo(DONE);
        Map<String, Object> shown = shown();
        assertThat(inserted).containsExactly(signature(shown, "contents"), signature(shown, "names"));
        assertThat(done.out()).contains("Key " + inserted.get(0) + " is in the keyring");
    }

    @SuppressWarnings("unchecked")
    private static String signature(Map<String, Object> shown, String of) {
        return (String) ((Map<String, Object>) shown.get(of)).get("signature");
    }

    @Test
    void insertTriesOnlyTheProtectorsOfTheGivenType() throws IOException {
        created();
        person.answering("a passphrase");

        CommandResult none = key("insert", file.toString(), "--protector", "passphrase");
        person.answering("not a code");
        CommandResult wrong = key("insert", file.toString(), "--protector", "recovery");

        assertThat(none.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(none.err()).contains("has no protector of type passphrase");
        assertThat(wrong.code()).as("without the protector that asks nobody").isEqualTo(ToolFailure.EPERM);
        assertThat(inserted).isEmpty();
    }

    @Test
    void aChangedPassphraseUnlocksAndTheOldOneDoesNot() throws IOException {
        person.answering("the old one");
        key("create", file.toString(), "--passphrase", "--recovery");

        person.answering("the old one", "the new one");
        CommandResult changed = key("passphrase", file.toString());
        person.answering("the old one");
        CommandResult old = key("test", file.toString(), "1");
        person.answering("the new one");
        CommandResult now = key("test", file.toString(), "1");

        assertThat(changed.code()).as(changed.err()).isEqualTo(DONE);
        assertThat(changed.out()).contains("protector 1 (passphrase) of " + file + " has the new passphrase");
        assertThat(old.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(now.code()).as(now.err()).isEqualTo(DONE);
        assertThat(protectors()).hasSize(2);
    }

    @Test
    void aWrongOrShortPassphraseChangesNothing() throws IOException {
        person.answering("the old one");
        key("create", file.toString(), "--passphrase", "--recovery");
        String before = Files.readString(file);

        person.answering("another");
        CommandResult wrong = key("passphrase", file.toString());
        person.answering("the old one", "short");
        CommandResult tooShort = key("passphrase", file.toString());

        assertThat(wrong.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(tooShort.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(tooShort.err()).contains("the new passphrase has 5 bytes");
        assertThat(file).hasContent(before);
    }

    @Test
    void aTypingErrorIsLocated() throws IOException {
        String code = created();
        char wrong = code.charAt(6) == '7' ? '8' : '7';
        person.answering(code.substring(0, 6) + wrong + code.substring(7));

        CommandResult tested = key("test", file.toString(), "2", "--json");

        assertThat(tested.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(tested.err()).contains("protector 2 (recovery): ").containsPattern("group 2\\b");
        assertThat(tested.err()).doesNotContain(code.substring(0, 5));
        assertThat(JSON.std.mapFrom(tested.out()))
                .containsEntry("unlocked", false)
                .doesNotContainKey("protector");
    }

    @Test
    void aProtectorIsAddedAndItsPassphraseUnlocks() throws IOException {
        created();
        person.answering("correct horse battery");
        CommandResult added = key("add", file.toString(), "--passphrase", "--label", "of Ann");
        assertThat(added.code()).as(added.err()).isEqualTo(DONE);
        assertThat(added.out()).contains("Added protector 3 (passphrase, \"of Ann\") to " + file);

        person.answering("correct horse battery");
        assertThat(key("test", file.toString(), "3").code()).isEqualTo(DONE);
        person.answering("wrong horse battery");
        CommandResult wrong = key("test", file.toString(), "3");
        assertThat(wrong.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(wrong.err()).contains("protector 3 (passphrase, \"of Ann\"): the passphrase is wrong");
    }

    @Test
    void aShortPassphraseIsRefusedAndTheFileStays() throws IOException {
        created();
        byte[] before = Files.readAllBytes(file);
        person.answering("short");

        CommandResult added = key("add", file.toString(), "--passphrase");

        assertThat(added.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(added.err()).contains("the new passphrase has 5 bytes");
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void aProtectorIsRemovedButNotTheLastOne() throws IOException {
        created();

        CommandResult removed = key("remove", file.toString(), "2");
        CommandResult last = key("remove", file.toString(), "1");

        assertThat(removed.code()).isEqualTo(DONE);
        assertThat(removed.out()).contains("Removed protector 2 (recovery) from " + file);
        assertThat(removed.err()).contains("warning: the key file has no recovery code and no passphrase");
        assertThat(last.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(last.err()).contains("protector 1 is the last one").contains("add another protector first");
        assertThat(protectors()).hasSize(1);
    }

    @Test
    void aLockedFileIsNotChanged() throws IOException {
        created();
        state.present = "other";

        CommandResult removed = key("remove", file.toString(), "1");

        assertThat(removed.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(removed.err()).contains("protector 1 (state): ").contains("protector 2 (recovery): ");
        assertThat(protectors()).hasSize(2);
    }

    @Test
    void rebindBindsToThePresentStateWithTheHelpOfAnotherProtector() throws IOException {
        String code = created();
        state.present = "updated";
        person.answering(code);

        CommandResult rebound = key("rebind", file.toString());

        assertThat(rebound.code()).as(rebound.err()).isEqualTo(DONE);
        assertThat(rebound.out()).contains("protector 1 (state) is bound to the present state");
        person.answering();
        assertThat(key("test", file.toString()).out()).contains("protector 1 (state) unlocks");
    }

    @Test
    void whatIsBoundToNothingIsNotRebound() throws IOException {
        created();

        CommandResult code = key("rebind", file.toString(), "2");

        assertThat(code.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(code.err()).contains("there is no protector 2 that is bound");
        assertThat(person.questions()).isEmpty();
    }

    private Path passphraseFile(String passphrase) throws IOException {
        Path passphrases = directory.resolve("passphrase");
        Files.writeString(passphrases, "passphrase_passwd=" + passphrase + "\n");
        Files.setPosixFilePermissions(passphrases, PosixFilePermissions.fromString("rw-------"));
        return passphrases;
    }

    @Test
    void anImportedPassphraseIsExportedAgain() throws IOException {
        String from = passphraseFile(TREE_PASSPHRASE).toString();
        CommandResult imported =
                key("import", file.toString(), "--mount-passphrase-file", from, "--protector", "state", "--recovery");
        assertThat(imported.code()).as(imported.err()).isEqualTo(DONE);

        CommandResult exported = key("export", file.toString(), "--yes");

        assertThat(exported.code()).as(exported.err()).isEqualTo(DONE);
        assertThat(printedSecret()).isEqualTo(TREE_PASSPHRASE + "\n");
        assertThat(exported.err())
                .contains("ecryptfs-add-passphrase --fnek")
                .contains("ecryptfs_cipher=aes,ecryptfs_key_bytes=16")
                .contains("ecryptfs_fn_key_bytes=16");
    }

    @Test
    void anImportCanNameTheKeysThatItMustMake() throws IOException {
        String from = passphraseFile(TREE_PASSPHRASE).toString();
        key("import", file.toString(), "--mount-passphrase-file", from, "--names-same-key", "--protector", "state");
        Map<String, Object> shown = shown();
        Files.delete(file);
        String signature = ((Map<?, ?>) shown.get("contents")).get("signature").toString();
        assertThat(((Map<?, ?>) shown.get("names")).get("signature")).isEqualTo(signature);

        CommandResult same =
                key("import", file.toString(), "--mount-passphrase-file", from, "--sig", signature, "--recovery");
        Files.delete(file);
        CommandResult other = key(
                "import",
                file.toString(),
                "--mount-passphrase-file",
                from,
                "--sig",
                signature,
                "--salt",
                "0102030405060708",
                "--recovery");

        assertThat(same.code()).as(same.err()).isEqualTo(DONE);
        assertThat(other.code()).isEqualTo(ToolFailure.EINVAL);
        assertThat(other.err()).contains("not " + signature + " of --sig");
        assertThat(file).doesNotExist();
    }

    @Test
    void anotherPassphraseForNamesIsExportedWithItsLabel() throws IOException {
        Path names = directory.resolve("names");
        Files.writeString(names, "passwd=for names\n");
        Files.setPosixFilePermissions(names, PosixFilePermissions.fromString("rw-------"));
        CommandResult imported = key(
                "import",
                file.toString(),
                "--mount-passphrase-file",
                passphraseFile(TREE_PASSPHRASE).toString(),
                "--names-passphrase-file",
                names.toString(),
                "--protector",
                "state");
        assertThat(imported.code()).as(imported.err()).isEqualTo(DONE);

        key("export", file.toString(), "--yes");

        assertThat(printedSecret()).isEqualTo("contents: " + TREE_PASSPHRASE + "\nnames: for names\n");
    }

    @Test
    void anImportNeedsOnePassphrase() throws IOException {
        CommandResult imported = key("import", file.toString(), "--recovery");

        assertThat(imported.code()).isEqualTo(USAGE);
        assertThat(imported.err()).contains("--mount-passphrase-file or --wrapped-passphrase-file is needed");
    }

    @Test
    void anExportAsksFirst() throws IOException {
        created();

        CommandResult withoutTerminal = key("export", file.toString());
        CommandResult refused = exportAnswering("no\n");
        CommandResult granted = exportAnswering("perhaps\nyes\n");

        assertThat(withoutTerminal.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(withoutTerminal.err()).contains("--yes");
        assertThat(refused.code()).isEqualTo(ToolFailure.EPERM);
        assertThat(granted.code()).isEqualTo(DONE);
        assertThat(printedSecret()).matches("[0-9a-f]{64}\n");
    }

    private CommandResult exportAnswering(String answers) throws IOException {
        try (ScriptedTerminal scripted = new ScriptedTerminal(directory, answers)) {
            terminal = Optional.of(scripted.terminal());
            CommandResult exported = key("export", file.toString());
            if (exported.code() != DONE) {
                assertThat(printedSecret()).isEmpty();
            }
            return exported;
        } finally {
            terminal = Optional.empty();
        }
    }

    @Test
    void theQrCodeIsPrintedOnRequest() throws IOException {
        CommandResult made = key("create", file.toString(), "--recovery", "--qr");

        assertThat(made.out()).contains("\u2588").contains("\u001b[0m");
    }

    @Test
    void aCommandIsNeeded() throws IOException {
        CommandResult without = key();

        assertThat(without.code()).isEqualTo(USAGE);
        assertThat(without.err())
                .contains(
                        "create, show, add, remove, test, rebind, allow-next-boot, import, export, insert, passphrase");
        assertThat(key("show").code()).isEqualTo(USAGE);
        assertThat(key("show").err()).contains("ecryptfs-key show needs the path of a key file");
        assertThat(key("remove", file.toString()).err()).contains("the number of a protector is needed");
        assertThat(key("create", "--help").out()).contains("--recovery");
    }
}
