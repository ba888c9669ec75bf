package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class Sha256Test {
    private final Sha256 sha256 = new Sha256();

    /** FIPS 180-4, example of one block. */
    @Test
    void theHashIsThatOfTheStandard() {
        try (Secret text = Secret.takeBytes("abc".getBytes(StandardCharsets.US_ASCII));
                Secret hash = sha256.hash(text)) {
            assertThat(hex(hash)).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        }
    }

    /** RFC 4231, test case 2. */
    @Test
    void theAuthenticationCodeIsThatOfRfc4231() {
        try (Secret code = sha256.hmac(direct("Jefe"), direct("what do ya want for nothing?"))) {
            assertThat(hex(code)).isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        }
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    }

    private static String hex(Secret secret) {
        return secret.onHeap(bytes -> HexFormat.of().formatHex(bytes));
    }
}
