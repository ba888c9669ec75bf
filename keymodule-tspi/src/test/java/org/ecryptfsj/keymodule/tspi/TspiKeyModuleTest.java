package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.signature;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The module with a TPM that is ready and a tcsd that runs. */
class TspiKeyModuleTest {
    private static final String UNKNOWN = "00112233445566778899aabbccddeeff";

    private static SoftwareTpm tpm;
    private static String key;

    private TspiKeyModule module;

    @BeforeAll
    static void aMachineWithAKeyOfTheCTool() {
        tpm = SoftwareTpm.startOwned();
        key = tpm.generateWithTheCTool(0, 2, 3);
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
    void whatIsWrappedIsUnwrapped() throws Exception {
        byte[] encrypted = wrap(module, key, PAYLOAD);

        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void theEncryptedKeyIsATpmStoredDataWithoutPcrsOfItsOwn() throws Exception {
        byte[] encrypted = wrap(module, key, PAYLOAD);

        assertThat(encrypted).hasSize(268).startsWith(HexFormat.of().parseHex("010100000000000000000100"));
    }

    @Test
    void thePayloadMayHaveAnyLengthTheKernelSends() throws Exception {
        for (int bytes : new int[] {3, 19, 35, 67}) {
            String payload = "5a".repeat(bytes);

            assertThat(unwrap(module, key, wrap(module, key, payload))).isEqualTo(payload);
        }
    }

    @Test
    void theTokenIsTheUuidInMemoryOrderWithTheSignatureOfTheModulus() throws Exception {
        try (ParameterValues values = new ParameterValues().add("tspi_uuid", key);
                TokenContents.ModuleKey tokenContents = (TokenContents.ModuleKey) module.tokenContents(values)) {
            byte[] blob = new byte[tokenContents.blob().size()];
            tokenContents.blob().buffer().get(blob);

            assertThat(HexFormat.of().formatHex(blob)).isEqualTo(key);
            assertThat(tokenContents.signature())
                    .isEqualTo(RsaFingerprint.of(HexFormat.of()
                            .parseHex(StoredTestKey.read(tpm.storage(), key).modulus())));
        }
    }

    @Test
    void theSignatureIsTheSameWhileTheKeyIsLoaded() throws Exception {
        String before = signature(module, key);
        wrap(module, key, PAYLOAD);

        assertThat(signature(module, key)).isEqualTo(before);
        assertThat(unwrap(module, key, wrap(module, key, PAYLOAD))).isEqualTo(PAYLOAD);
    }

    @Test
    void upperCaseDigitsNameTheSameKey() throws Exception {
        assertThat(signature(module, key.toUpperCase(java.util.Locale.ROOT))).isEqualTo(signature(module, key));
    }

    @Test
    void aUuidInAnotherFormIsRefused() {
        for (String text :
                List.of("", "0", key + "0", key.substring(1) + "g", key.substring(0, 8) + "-" + key.substring(8))) {
            KeyModuleException failure = failureOf(() -> signature(module, text));

            assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
            assertThat(failure).hasMessageContaining("32 hex digits");
        }
    }

    @Test
    void aMissingUuidIsRefused() {
        KeyModuleException failure = failureOf(() -> module.tokenContents(new ParameterValues()));

        assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(failure).hasMessage("tspi_uuid is missing");
    }

    @Test
    void anUnknownKeyIsNotFoundInANamedFile() {
        KeyModuleException atMount = failureOf(() -> signature(module, UNKNOWN));
        KeyModuleException atUse = failureOf(() -> wrap(module, UNKNOWN, PAYLOAD));

        for (KeyModuleException failure : List.of(atMount, atUse)) {
            assertThat(failure.reason()).isEqualTo(Reason.KEY_NOT_FOUND);
            assertThat(failure)
                    .hasMessageContaining(UNKNOWN)
                    .hasMessageContaining(tpm.storage().toString());
            assertThat(failure.code()).isEqualTo(0x3020);
        }
    }

    @Test
    void aTokenBlobOfAnotherSizeIsRefused() {
        KeyModuleException failure;
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[15]);
                Secret payload = TestKeys.secret(PAYLOAD)) {
            failure = failureOf(() -> module.wrap(blob, payload));
        }

        assertThat(failure.reason()).isEqualTo(Reason.BAD_DATA);
    }

    @Test
    void bytesSealedByAnotherKeyAreBadData() throws Exception {
        byte[] encrypted = wrap(module, generate(module, 1).value(), PAYLOAD);

        KeyModuleException failure = failureOf(() -> unwrap(module, key, encrypted));

        assertThat(failure.reason()).isEqualTo(Reason.BAD_DATA);
        assertThat(failure).hasMessageContaining(key).hasMessageContaining("Tspi_Data_Unseal failed");
    }

    @Test
    void damagedKeysAreBadData() throws Exception {
        byte[] encrypted = wrap(module, key, PAYLOAD);
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = encrypted.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                damaged[random.nextInt(i % 2 == 0 ? damaged.length : 16)] ^= (byte) (1 + random.nextInt(255));
            }
            byte[] cut = i % 3 == 0 ? java.util.Arrays.copyOf(damaged, random.nextInt(600)) : damaged;

            assertThat(failureOf(() -> unwrap(module, key, cut)))
                    .as("%s", HexFormat.of().formatHex(cut))
                    .extracting(KeyModuleException::reason)
                    .isEqualTo(Reason.BAD_DATA);
        }
        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
        assertThat(module.status()).containsEntry("rebuilds", "0");
    }

    @Test
    void parallelCallersGetTheirOwnResults() throws Exception {
        String second = generate(module).value();
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int caller = 0; caller < 8; caller++) {
                String mine = caller % 2 == 0 ? key : second;
                String payload = "%02x".formatted(caller).repeat(35);
                tasks.add(() -> {
                    for (int i = 0; i < 50; i++) {
                        if (!unwrap(module, mine, wrap(module, mine, payload)).equals(payload)) {
                            return false;
                        }
                    }
                    return true;
                });
            }
            for (Future<Boolean> outcome : callers.invokeAll(tasks)) {
                assertThat(outcome.get()).isTrue();
            }
        } finally {
            callers.shutdown();
        }
        assertThat(module.status()).containsEntry("failures", "0").containsEntry("rebuilds", "0");
    }

    @Test
    void moreKeysThanTheTpmHasSlotsCanBeUsed() throws Exception {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < TpmSession.MAX_LOADED_KEYS + 4; i++) {
            keys.add(generate(module).value());
        }
        for (int round = 0; round < 2; round++) {
            for (String each : keys) {
                assertThat(unwrap(module, each, wrap(module, each, PAYLOAD))).isEqualTo(PAYLOAD);
            }
        }
        assertThat(module.status().get("keys_loaded").split(" ")).hasSize(TpmSession.MAX_LOADED_KEYS);
        assertThat(module.status()).containsEntry("failures", "0").containsEntry("rebuilds", "0");
    }

    @Test
    void aKeyEvictedByOtherProgramsIsLoadedAgain() throws Exception {
        byte[] encrypted = wrap(module, key, PAYLOAD);
        List<TspiKeyModule> others = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                others.add(TestKeys.module(tpm));
                for (int j = 0; j < TpmSession.MAX_LOADED_KEYS; j++) {
                    wrap(others.get(i), generate(others.get(i)).value(), PAYLOAD);
                }
            }
            assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
            assertThat(module.status()).containsEntry("rebuilds", "1").containsEntry("failures", "0");
        } finally {
            others.forEach(TspiKeyModule::close);
        }
    }

    @Test
    void afterLockEverythingIsSetUpAgain() throws Exception {
        byte[] encrypted = wrap(module, key, PAYLOAD);
        assertThat(module.status())
                .containsEntry("context", "connected to tcsd")
                .containsEntry("keys_loaded", key);

        module.lock();

        assertThat(module.status()).containsEntry("context", "none").containsEntry("keys_loaded", "");
        assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void anUnusedModuleCanBeLockedAndClosed() {
        module.lock();

        assertThat(module.status()).containsEntry("context", "none").containsEntry("operations", "0");
    }

    @Test
    void aClosedModuleRefuses() throws Exception {
        wrap(module, key, PAYLOAD);
        module.close();

        assertThat(failureOf(() -> wrap(module, key, PAYLOAD)).reason()).isEqualTo(Reason.SERVICE_UNAVAILABLE);
    }

    @Test
    void theServiceLoaderFindsIt() throws IOException {
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.byAlias("tspi")).containsInstanceOf(TspiKeyModule.class);
        }
    }

    @Test
    void itAsksForOneVisibleUuid() {
        assertThat(module.parameters())
                .filteredOn(parameter -> parameter.prompt().isPresent())
                .singleElement()
                .satisfies(parameter -> {
                    assertThat(parameter.name()).isEqualTo("tspi_uuid");
                    assertThat(parameter.prompt()).contains("tspi_uuid");
                    assertThat(parameter.echo()).isTrue();
                    assertThat(parameter.required()).isTrue();
                });
    }

    @Test
    void aMissingLibraryIsReportedWithThePackageToInstall() {
        KeyModuleException failure = failureOf(() -> LibTspi.load("libnosuchtspi.so.1"));

        assertThat(failure.reason()).isEqualTo(Reason.SERVICE_UNAVAILABLE);
        assertThat(failure.advice()).contains("libtspi1");
    }
}
