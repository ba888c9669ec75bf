package org.ecryptfsj.protector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keymodule.ProviderJar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProtectorsTest {
    private static final String SOURCE =
            """
            import org.ecryptfsj.keymodule.*;
            import org.ecryptfsj.protector.*;

            public final class %1$s implements Protector {
                public String type() { return "vault"; }
                public Interaction interaction(JsonObject fields) { return Interaction.NONE; }
                public Protection protect(Secret key, ProtectorContext context, ParameterValues values, Prompter prompter) {
                    return Protection.of(JsonObject.empty().with("slot", 7));
                }
                public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
                        throws ProtectorException, MalformedFieldException {
                    fields.integer("slot", 0, 15);
                    throw new ProtectorException(ProtectorException.Reason.UNAVAILABLE, "the vault is not there", "attach it");
                }
                public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
                    return ProtectorState.usable("slot " + fields.integer("slot", 0, 15));
                }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void aThirdPartysJarInTheDirectoryIsAProtector() throws Exception {
        jar("Vault");

        try (Protectors protectors = Protectors.load(Optional.of(directory))) {
            Protector vault = protectors.byType("vault").orElseThrow();
            assertThat(protectors.problems()).isEmpty();
            assertThat(vault.state(
                            JsonObject.empty().with("slot", 3), new ProtectorContext(UUID.randomUUID(), "directory")))
                    .isEqualTo(ProtectorState.usable("slot 3"));
        }
    }

    @Test
    void aSecondProtectorOfTheSameTypeIsIgnoredAndTold() throws Exception {
        jar("Vault");
        jar("Vault2");

        try (Protectors protectors = Protectors.load(Optional.of(directory))) {
            assertThat(protectors.problems())
                    .singleElement()
                    .asString()
                    .contains("a second protector named vault")
                    .contains("Vault2");
        }
    }

    @Test
    void aDirectoryInWhichOthersMayWriteIsRefused() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

        assertThatThrownBy(() -> Protectors.load(Optional.of(directory)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("protectors are not loaded from " + directory);
    }

    @Test
    void whatIsAuthenticatedNamesFileTypeAndParameters() {
        ProtectorContext context = new ProtectorContext(new UUID(0, 1), "not authenticated");

        assertThat(new String(context.associated("vault", JsonObject.empty().with("slot", 7)), StandardCharsets.UTF_8))
                .isEqualTo("{\"file\":\"00000000-0000-0000-0000-000000000001\",\"parameters\":{\"slot\":7},"
                        + "\"type\":\"vault\"}");
    }

    @Test
    void withoutAUserThereIsNoAnswer() {
        assertThat(Prompter.nobody().attempts()).isZero();
        assertThatThrownBy(() -> Prompter.nobody().ask(new Prompter.Question("Passphrase", false)))
                .isInstanceOfSatisfying(ProtectorException.class, e -> assertThat(e.reason())
                        .isEqualTo(ProtectorException.Reason.NO_ANSWER));
    }

    private void jar(String type) throws IOException {
        new ProviderJar(directory.resolve(type + ".jar"), Protector.class).write(type, SOURCE.formatted(type));
    }
}
