package org.ecryptfsj.keymodule.openssl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The key as libcrypto reads it, beside the same key on the heap. */
class LibcryptoKeyPairTest {
    private static final PemKeyFile FILE = new PemKeyFile(Path.of("key.pem"));

    private final Secret passphrase = Secret.takeBytes("secret".getBytes(US_ASCII));
    private final Secret payload = Secret.takeBytes("a file's key, 19 b.".getBytes(US_ASCII));
    private byte[] pem;
    private RsaKey here;
    private RsaKey onHeap;

    @BeforeEach
    void read() throws Exception {
        pem = OpensslKeyGenerator.pem(1024, passphrase);
        try (Secret file = Secret.takeBytes(pem.clone())) {
            here = LibcryptoKeyPair.read(file, passphrase).orElseThrow();
        }
        onHeap = FILE.key(FILE.parse(pem), passphrase);
    }

    @AfterEach
    void close() {
        here.close();
        onHeap.close();
        passphrase.close();
        payload.close();
    }

    @Test
    void bothLibrariesReadTheSameKey() throws Exception {
        assertThat(here.signature()).isEqualTo(onHeap.signature());
        assertThat(here.bits()).isEqualTo(1024);
        try (Secret one = here.unwrap(onHeap.wrap(payload));
                Secret other = onHeap.unwrap(here.wrap(payload))) {
            assertThat(one.sameBytesAs(payload)).isTrue();
            assertThat(other.sameBytesAs(payload)).isTrue();
        }
    }

    @Test
    void changedBytesAreNotDecrypted() throws Exception {
        byte[] encrypted = here.wrap(payload);
        encrypted[7]++;

        assertThatThrownBy(() -> here.unwrap(encrypted)).hasRootCauseInstanceOf(InvalidCipherTextException.class);
        assertThatThrownBy(() -> onHeap.unwrap(encrypted)).hasRootCauseInstanceOf(InvalidCipherTextException.class);
    }

    @Test
    void withAWrongPassphraseOrNoneNothingIsReadAndNobodyIsAsked() {
        try (Secret file = Secret.takeBytes(pem.clone());
                Secret wrong = Secret.takeBytes("another".getBytes(US_ASCII));
                Secret none = Secret.allocate(0)) {
            assertThat(LibcryptoKeyPair.read(file, wrong)).isEmpty();
            assertThat(LibcryptoKeyPair.read(file, none)).isEmpty();
        }
    }

    @Test
    void whatIsClosedIsNotUsed() throws Exception {
        byte[] encrypted = here.wrap(payload);
        here.close();

        assertThatThrownBy(() -> here.unwrap(encrypted)).hasRootCauseInstanceOf(IllegalStateException.class);
    }
}
