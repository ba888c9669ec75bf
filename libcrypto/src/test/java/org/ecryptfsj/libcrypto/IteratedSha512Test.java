package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;

class IteratedSha512Test {
    private final IteratedSha512 sha512 = new IteratedSha512();

    @Property(tries = 200)
    void eachRoundHashesTheResultOfTheOneBefore(
            @ForAll @Size(min = 1, max = 200) byte[] text, @ForAll @IntRange(min = 1, max = 300) int rounds)
            throws Exception {
        MessageDigest java = MessageDigest.getInstance("SHA-512");
        byte[] expected = text;
        for (int i = 0; i < rounds; i++) {
            expected = java.digest(expected);
        }
        try (Secret secret = Secret.takeBytes(text.clone());
                Secret hash = sha512.hash(secret, rounds)) {
            byte[] wanted = expected;
            assertThat(hash.<byte[], RuntimeException>onHeap(byte[]::clone)).isEqualTo(wanted);
        }
    }
}
