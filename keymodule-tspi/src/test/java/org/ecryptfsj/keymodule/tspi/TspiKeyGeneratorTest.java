package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.tspi.envelope.KekStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Making keys. */
class TspiKeyGeneratorTest {
    private static final String ZEROS = "00".repeat(20);

    private static SoftwareTpm tpm;

    private TspiKeyModule module;

    @BeforeAll
    static void anOwnedTpm() {
        tpm = SoftwareTpm.startOwned();
        tpm.extend(2);
    }

    @AfterAll
    static void stop() {
        tpm.close();
    }

    @BeforeEach
    void aModule() {
        module = TestKeys.module(tpm);
    }

    @AfterEach
    void close() {
        module.close();
    }

    @Test
    void aKeyIsNamedByItsUuidAndTellsThePcrsItIsBoundTo() throws Exception {
        GeneratedKey key = generate(module, 3, 0, 2);

        assertThat(key.parameter()).isEqualTo("tspi_uuid");
        assertThat(key.value()).matches("[0-9a-f]{32}");
        assertThat(key.bindings().keySet()).containsExactly("PCR 0", "PCR 2", "PCR 3");
        assertThat(key.bindings()).containsEntry("PCR 0", ZEROS).containsEntry("PCR 3", ZEROS);
        assertThat(key.bindings().get("PCR 2")).matches("[0-9a-f]{40}").isNotEqualTo(ZEROS);
    }

    @Test
    void aKeyWithoutPcrsIsBoundToNone() throws Exception {
        GeneratedKey key = generate(module);

        assertThat(key.bindings()).isEmpty();
        assertThat(unwrap(module, key.value(), wrap(module, key.value(), PAYLOAD)))
                .isEqualTo(PAYLOAD);
    }

    @Test
    void theRegisteredKeyDiffersFromTheCToolsInItsKeyMaterialOnly() throws Exception {
        for (int[] registers : new int[][] {{}, {0, 2}, {23}}) {
            StoredTestKey ours = StoredTestKey.read(
                    tpm.storage(), generate(module, registers).value());
            StoredTestKey theirs = StoredTestKey.read(tpm.storage(), tpm.generateWithTheCTool(registers));

            assertThat(ours.description()).isEqualTo(theirs.description());
            assertThat(ours.modulus()).hasSize(512).isNotEqualTo(theirs.modulus());
        }
    }

    @Test
    void theLastPcrIsAcceptedAndTheNextIsNot() throws Exception {
        assertThat(generate(module, 23).bindings()).isEqualTo(Map.of("PCR 23", ZEROS));

        KeyModuleException failure = failureOf(() -> generate(module, 24));

        assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(failure).hasMessage("24: invalid PCR register. PCRs range from 0 - 23");
    }

    @Test
    void aKeyCanBeGivenItsNameBeforeItIsMade() throws Exception {
        String name = "0d09".repeat(8);
        try (ParameterValues values = new ParameterValues().add("pcr", "0").add("tspi_uuid", name)) {
            assertThat(module.generator().orElseThrow().generate(values).value())
                    .isEqualTo(name);
        }

        assertThat(unwrap(module, name, wrap(module, name, PAYLOAD))).isEqualTo(PAYLOAD);
    }

    @Test
    void aPcrGivenTwiceIsOne() throws Exception {
        assertThat(generate(module, 1, 1).bindings()).isEqualTo(Map.of("PCR 1", ZEROS));
    }

    @Test
    void aPcrMustBeANumber() {
        for (String text : new String[] {"", "-1", "x", "1 ", "99999999999"}) {
            try (ParameterValues values = new ParameterValues().add("pcr", text)) {
                KeyModuleException failure =
                        failureOf(() -> module.generator().orElseThrow().generate(values));

                assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
            }
        }
    }

    @Test
    void moreThanTwentyFourPcrsAreRefused() {
        assertThat(failureOf(() -> generate(module, new int[25])))
                .hasMessageContaining("24 at most")
                .extracting(KeyModuleException::reason)
                .isEqualTo(Reason.BAD_PARAMETER);
    }

    @Test
    void aFailureLeavesNothingRegistered() throws Exception {
        generate(module);
        byte[] before = Files.readAllBytes(tpm.storage());

        failureOf(() -> generate(module, 0, 24));

        assertThat(Files.readAllBytes(tpm.storage())).isEqualTo(before);
    }

    @Test
    void aStorageThatCannotBeWrittenIsNamedWithTheReason() {
        Path nowhere = Path.of("/nonexistent/trousers/user.data");
        ProcessEnvironment.set("TSS_USER_PS_FILE", nowhere.toString());
        try (TspiKeyModule homeless = new TspiKeyModule(() -> new TspiSettings(
                Optional.empty(),
                new UserKeyStorage(Optional.of(nowhere)),
                Optional.empty(),
                new KekStore(nowhere.resolveSibling("kek")),
                8))) {
            KeyModuleException failure = failureOf(() -> generate(homeless, 0));

            assertThat(failure)
                    .hasMessageContaining(
                            "/nonexistent/trousers/user.data: the directory /nonexistent/trousers does not exist")
                    .hasMessageContaining("Tspi_Context_RegisterKey failed");
        } finally {
            ProcessEnvironment.set("TSS_USER_PS_FILE", tpm.storage().toString());
        }
    }

    @Test
    void itHasAParameterForPcrsAndNoPrompt() {
        assertThat(module.generator().orElseThrow().parameters())
                .singleElement()
                .satisfies(parameter -> {
                    assertThat(parameter.name()).isEqualTo("pcr");
                    assertThat(parameter.repeatable()).isTrue();
                    assertThat(parameter.required()).isFalse();
                    assertThat(parameter.prompt()).isEmpty();
                });
    }
}
