package com.example.keymodule.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileKeyModuleTest {
    private static final int KEY_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final KeyModule module = new FileKeyModule();

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void makeKey() throws IOException {
        file = newKey("disk.key", KEY_BYTES);
    }

    @Test
    void theServiceLoaderFindsIt() throws IOException {
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.problems()).isEmpty();
            assertThat(modules.byAlias("file")).containsInstanceOf(FileKeyModule.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 19, 35, 67})
    void decryptsWhatItEncrypted(int size) throws Exception {
        try (TokenContents.ModuleKey token = token(file);
                Secret payload = random(size)) {
            byte[] encrypted = module.wrap(token.blob(), payload);

            assertThat(encrypted.length).isBetween(1, 512);
            try (Secret decrypted = module.unwrap(token.blob(), encrypted)) {
                assertThat(decrypted.sameBytesAs(payload)).isTrue();
            }
        }
    }

    @Test
    void theSignatureBelongsToTheKeyAndNotToTheFile() throws Exception {
        Path copy = directory.resolve("copy.key");
        Files.copy(file, copy);
        restrict(copy, "rw-------");
        Path other = newKey("other.key", KEY_BYTES);

        try (TokenContents.ModuleKey first = token(file);
                TokenContents.ModuleKey same = token(copy);
                TokenContents.ModuleKey different = token(other)) {
            assertThat(same.signature()).isEqualTo(first.signature());
            assertThat(different.signature()).isNotEqualTo(first.signature());
        }
    }

    @Test
    void theTokenHoldsThePathAndNoKey() throws Exception {
        try (TokenContents.ModuleKey token = token(file)) {
            assertThat(StandardCharsets.UTF_8.decode(token.blob().buffer()).toString())
                    .isEqualTo(file.toString());
        }
    }

    @Test
    void anotherKeyOrAChangedFileKeyIsBadData() throws Exception {
        try (TokenContents.ModuleKey token = token(file);
                TokenContents.ModuleKey other = token(newKey("other.key", KEY_BYTES));
                Secret payload = random(35)) {
            byte[] encrypted = module.wrap(token.blob(), payload);

            refused(Reason.BAD_DATA, () -> module.unwrap(other.blob(), encrypted));
            encrypted[7] ^= 1;
            refused(Reason.BAD_DATA, () -> module.unwrap(token.blob(), encrypted));
            for (int size : new int[] {0, 1, 8, 15, 17, 40, 512}) {
                refused(Reason.BAD_DATA, () -> module.unwrap(token.blob(), new byte[size]));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 4096})
    void aKeyOfAnotherSizeIsUnusable(int size) throws IOException {
        Path wrong = newKey("wrong.key", size);

        refused(Reason.KEY_UNUSABLE, () -> token(wrong));
    }

    @Test
    void aMissingKeyIsNotFound() throws Exception {
        try (TokenContents.ModuleKey token = token(file);
                Secret payload = random(19)) {
            Files.delete(file);

            refused(Reason.KEY_NOT_FOUND, () -> token(file));
            refused(Reason.KEY_NOT_FOUND, () -> module.wrap(token.blob(), payload));
        }
    }

    @Test
    void aKeyThatOthersCanReadIsRefused() throws IOException {
        restrict(file, "rw-r-----");

        KeyModuleException refusal = refused(Reason.BAD_PARAMETER, () -> token(file));
        assertThat(refusal.advice()).isEqualTo("chmod 600 " + file);
    }

    @Test
    void aTokenWithoutAnAbsolutePathIsBadData() {
        try (KeyBlob blob = KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {'x'}));
                Secret payload = random(19)) {
            refused(Reason.BAD_DATA, () -> module.wrap(blob, payload));
        }
    }

    private TokenContents.ModuleKey token(Path key) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues().add("file_key", key.toString())) {
            return (TokenContents.ModuleKey) module.tokenContents(values);
        }
    }

    private Path newKey(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        Path key = Files.write(directory.resolve(name), bytes);
        restrict(key, "rw-------");
        return key;
    }

    private static void restrict(Path key, String mode) throws IOException {
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(mode));
    }

    private static Secret random(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return Secret.takeBytes(bytes);
    }

    private interface Call {
        Object run() throws KeyModuleException;
    }

    private static KeyModuleException refused(Reason reason, Call call) {
        KeyModuleException[] caught = new KeyModuleException[1];
        assertThatExceptionOfType(KeyModuleException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .satisfies(e -> caught[0] = e);
        return caught[0];
    }
}
