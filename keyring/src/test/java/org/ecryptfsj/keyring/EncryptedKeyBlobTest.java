package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class EncryptedKeyBlobTest {
    /** Made with the openssl program, and Python's hashlib and hmac, by docs/spec/kernel-keys.md. */
    private static final String EXPECTED = "load ecryptfs user:ecryptfsj:once 64 "
            + "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf00e4be98dfd6b71108443b64f8cccbd1eb3e8d0541bc86e36bbfa99b082648d4"
            + "de3c77ded8beb11ed3b93848f57af44beb06034ee011e15e062ecbb862f1a441d4b6d65b1c9985b77fe794c4bbe755cd"
            + "be7ded9e91bfc520b863bf1df589534d48";

    @Test
    void theTextIsThatOfTheSpecification() {
        try (Secret fekek = bytes(64, 7, 3);
                Secret master = bytes(32, 1, 0)) {
            byte[] text = EncryptedKeyBlob.text(fekek, master, "ecryptfsj:once", array(16, 1, 0xa0));

            assertThat(new String(text, StandardCharsets.US_ASCII)).isEqualTo(EXPECTED);
        }
    }

    @Test
    void aFekekOfAnotherLengthIsRefused() {
        try (Secret fekek = bytes(32, 7, 3);
                Secret master = bytes(32, 1, 0)) {
            assertThatThrownBy(() -> EncryptedKeyBlob.text(fekek, master, "ecryptfsj:once", array(16, 1, 0xa0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Secret bytes(int size, int factor, int first) {
        return Secret.takeBytes(array(size, factor, first));
    }

    private static byte[] array(int size, int factor, int first) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * factor + first);
        }
        return bytes;
    }
}
