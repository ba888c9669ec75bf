package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TPMs that are not set up, and those whose owner chose another SRK secret than the well-known one. */
class OwnershipTest {
    private static final String FILE_KEY = "0101000000000000000000ff" + "00".repeat(255);

    @TempDir
    private Path directory;

    private SoftwareTpm tpm;

    @BeforeEach
    void aNewTpm() {
        tpm = SoftwareTpm.start();
    }

    @AfterEach
    void stop() {
        tpm.close();
    }

    @Test
    void withoutAnOwnerTheAdviceIsToTakeOwnership() {
        try (TspiKeyModule module = TestKeys.module(tpm)) {
            KeyModuleException failure = failureOf(() -> generate(module, 0));

            assertThat(failure.reason()).isEqualTo(Reason.NOT_READY);
            assertThat(failure)
                    .hasMessageContaining("Tspi_Context_LoadKeyByUUID failed: Key not found in persistent storage");
            assertThat(failure.advice()).contains("tpm_takeownership -z");
            assertThat(failure.code()).isEqualTo(0x2020);
            assertThat(tpm.storage()).doesNotExist();
        }
    }

    @Test
    void anEmptySrkSecretWorksWithoutConfiguration() throws Exception {
        tpm.createEndorsementKey();
        tpm.takeOwnershipTyping("");
        assertThat(tpm.run("", "ecryptfs-generate-tpm-key", "-p", "0").output()).contains("Authentication failed");

        String key;
        byte[] encrypted;
        try (TspiKeyModule generator = TestKeys.module(tpm)) {
            key = generate(generator, 0, 2, 3).value();
            encrypted = wrap(generator, key, PAYLOAD);
        }
        try (TspiKeyModule user = TestKeys.module(tpm)) {
            assertThat(unwrap(user, key, encrypted)).isEqualTo(PAYLOAD);
            for (int i = 0; i < 8; i++) {
                String another = generate(user, 1).value();
                assertThat(unwrap(user, another, wrap(user, another, PAYLOAD))).isEqualTo(PAYLOAD);
            }
        }
        try (TspiKeyModule told = TestKeys.module(tpm, Optional.of("empty"), 8)) {
            assertThat(unwrap(told, key, encrypted)).isEqualTo(PAYLOAD);
        }
    }

    @Test
    void anSrkSecretIsReadFromAFile() throws Exception {
        tpm.createEndorsementKey();
        tpm.takeOwnershipTyping("sesam");

        try (TspiKeyModule module = TestKeys.module(tpm, srkFile("sesam\n"), 8)) {
            String key = generate(module, 0).value();

            assertThat(unwrap(module, key, wrap(module, key, PAYLOAD))).isEqualTo(PAYLOAD);
        }
    }

    @Test
    void aWrongSrkSecretIsNotTriedTwiceUntilLock() throws Exception {
        tpm.createEndorsementKey();
        tpm.takeOwnershipTyping("sesam");
        String key;
        try (TspiKeyModule owner = TestKeys.module(tpm, srkFile("sesam\n"), 8)) {
            key = generate(owner, 0).value();
        }
        byte[] fileKey = java.util.HexFormat.of().parseHex(FILE_KEY);

        try (TspiKeyModule module = TestKeys.module(tpm)) {
            KeyModuleException first = failureOf(() -> unwrap(module, key, fileKey));
            assertThat(first.reason()).isEqualTo(Reason.AUTHENTICATION);
            assertThat(first)
                    .hasMessageContaining("the well-known one and the empty one")
                    .hasMessageContaining("Authentication failed");
            assertThat(first.advice()).contains("ECRYPTFSJ_TSPI_SRK=file:");

            for (int i = 0; i < 10; i++) {
                KeyModuleException again = failureOf(() -> unwrap(module, key, fileKey));
                assertThat(again.reason()).isEqualTo(Reason.AUTHENTICATION);
                assertThat(again).hasMessageContaining("not asked again");
            }
            module.lock();
            assertThat(failureOf(() -> unwrap(module, key, fileKey)).code()).isEqualTo(1);
        }
        try (TspiKeyModule owner = TestKeys.module(tpm, srkFile("sesam\n"), 8)) {
            assertThat(unwrap(owner, key, wrap(owner, key, PAYLOAD))).isEqualTo(PAYLOAD);
        }
    }

    private Optional<String> srkFile(String content) throws Exception {
        Path file = directory.resolve("srk");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return Optional.of("file:" + file);
    }
}
