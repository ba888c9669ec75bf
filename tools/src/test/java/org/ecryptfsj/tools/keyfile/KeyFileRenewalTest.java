package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.keyfile.KeyFileTokens.Unlocked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key files with a temporary protector, mounted in one boot and another. */
class KeyFileRenewalTest {
    private final StateProtector machine = new StateProtector();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream warnings = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("secret.key");
    }

    private void make(String... temporary) throws Exception {
        String[] start = {"create", file().toString(), "--protector", "state:state_note=kept"};
        String[] arguments = new String[start.length + temporary.length];
        System.arraycopy(start, 0, arguments, 0, start.length);
        System.arraycopy(temporary, 0, arguments, start.length, temporary.length);
        CommandResult made = CommandResult.with(
                new EcryptfsKey(new KeyFileSession.Environment(
                        path -> Prompter.nobody(),
                        Optional::empty,
                        ByteArrayOutputStream::new,
                        this::installed,
                        token -> true)),
                arguments);
        assertThat(made.code()).as(made.err()).isZero();
    }

    private Protectors installed() {
        return Protectors.of(machine);
    }

    /** @return the protector that unlocked the key file */
    private ProtectorEntry mount(Runnable meanwhile) throws Exception {
        output.reset();
        warnings.reset();
        KeyFile read = KeyFileTokens.read(file());
        Unlocked unlocked = KeyFileTokens.unlock(
                file(), read, KeyModules.of(new PassphraseKeyModule()), installed(), Prompter.nobody());
        unlocked.tokens().forEach(AuthTok::close);
        meanwhile.run();
        if (unlocked.renewal().isPresent()) {
            try (KeyFileRenewal renewal = unlocked.renewal().get()) {
                renewal.apply(installed(), new PrintStream(output, true), new PrintStream(warnings, true));
            }
        }
        return unlocked.protector();
    }

    private ProtectorEntry mount() throws Exception {
        return mount(() -> {});
    }

    private List<Integer> protectors() throws Exception {
        return new KeyFileStore()
                .read(file()).protectors().stream().map(ProtectorEntry::id).toList();
    }

    private void bootsAnotherLoader() {
        machine.boots++;
        machine.present = "updated " + machine.boots;
    }

    @Test
    void inTheBootInWhichItWasMadeItStays() throws Exception {
        make("--protector", "state:state_lifetime=TEMPORARY");

        assertThat(mount().id()).isEqualTo(1);

        assertThat(protectors()).containsExactly(1, 2);
        assertThat(output.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void theMountInItsBootRemovesIt() throws Exception {
        make("--protector", "state:state_lifetime=TEMPORARY");
        bootsAnotherLoader();

        assertThat(mount().id()).isEqualTo(2);

        assertThat(protectors()).containsExactly(1);
        assertThat(output.toString(StandardCharsets.UTF_8))
                .isEqualTo("Removed protector 2 (state) from " + file() + ": its boot has come\n");
        assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void ifWishedTheOthersAreBoundToThatBoot() throws Exception {
        make("--protector", "state:state_lifetime=TEMPORARY_THEN_REBIND");
        bootsAnotherLoader();

        mount();

        assertThat(protectors()).containsExactly(1);
        assertThat(output.toString(StandardCharsets.UTF_8))
                .startsWith("protector 1 (state) is bound to the present state of the machine\n");
        assertThat(mount().id()).isEqualTo(1);
    }

    @Test
    void aKeyFileThatAnotherProgramChangedStaysAsItIs() throws Exception {
        make(
                "--protector",
                "state:state_lifetime=TEMPORARY_THEN_REBIND",
                "--protector",
                "state:state_lifetime=TEMPORARY");
        bootsAnotherLoader();
        byte[] changed = Files.readAllBytes(file());
        changed[changed.length - 1] = ' ';

        mount(() -> write(changed));

        assertThat(Files.readAllBytes(file())).isEqualTo(changed);
        assertThat(output.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(warnings.toString(StandardCharsets.UTF_8))
                .startsWith(
                        "warning: the directory is mounted, but the key file keeps protector 2 (state), protector 3 (state)")
                .contains("changed by another program meanwhile")
                .contains("ecryptfs-key rebind " + file());
    }

    private void write(byte[] content) {
        try {
            Files.write(file(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
