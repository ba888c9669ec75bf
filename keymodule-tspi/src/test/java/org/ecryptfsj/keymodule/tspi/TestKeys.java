package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keymodule.tspi.envelope.KekStore;

/** What the tests say about keys, in few words. */
final class TestKeys {
    /** A tag 66 payload: cipher code, FEK, checksum. */
    static final String PAYLOAD = "07000102030405060708090a0b0c0d0e0f0078";

    private TestKeys() {}

    static TspiKeyModule module(SoftwareTpm tpm) {
        return module(tpm, Optional.empty(), 64);
    }

    static TspiKeyModule module(SoftwareTpm tpm, Optional<String> srkSecret, int queue) {
        return new TspiKeyModule(() -> settings(tpm, srkSecret, queue));
    }

    static TspiProtector protector(SoftwareTpm tpm) {
        return new TspiProtector(() -> settings(tpm, Optional.empty(), 64));
    }

    private static TspiSettings settings(SoftwareTpm tpm, Optional<String> srkSecret, int queue) {
        return new TspiSettings(
                srkSecret,
                new UserKeyStorage(Optional.of(tpm.storage())),
                Optional.of(new TcsdKeyStorage(tpm.configuration())),
                new KekStore(keks(tpm)),
                queue);
    }

    /** Where sealed KEKs are: beside the TPM keys. */
    static Path keks(SoftwareTpm tpm) {
        return tpm.storage().resolveSibling("kek");
    }

    static GeneratedKey generate(KeyModule module, int... registers) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues()) {
            for (int register : registers) {
                values.add("pcr", String.valueOf(register));
            }
            return module.generator().orElseThrow().generate(values);
        }
    }

    static String signature(KeyModule module, String uuid) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues().add("tspi_uuid", uuid);
                TokenContents tokenContents = module.tokenContents(values)) {
            return tokenContents.signature().hex();
        }
    }

    static byte[] wrap(KeyModule module, String uuid, String payload) throws KeyModuleException {
        try (KeyBlob blob = blob(uuid);
                Secret secret = secret(payload)) {
            return module.wrap(blob, secret);
        }
    }

    static String unwrap(KeyModule module, String uuid, byte[] encrypted) throws KeyModuleException {
        try (KeyBlob blob = blob(uuid);
                Secret secret = module.unwrap(blob, encrypted)) {
            return secret.onHeap(HexFormat.of()::formatHex);
        }
    }

    static KeyModuleException failureOf(ThrowingCallable call) {
        return catchThrowableOfType(KeyModuleException.class, call);
    }

    static KeyBlob blob(String uuid) {
        return KeyBlob.takeBytes(HexFormat.of().parseHex(uuid));
    }

    static Secret secret(String hex) {
        return Secret.takeBytes(HexFormat.of().parseHex(hex));
    }
}
