package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigestTest {
    /** The hash of "abc" (FIPS 180-4, examples). */
    @ParameterizedTest
    @CsvSource({
        "SHA1, a9993e364706816aba3e25717850c26c9cd0d89d",
        "SHA256, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA384, cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "SHA512, ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    })
    void theStandardsExample(Digest digest, String hex) {
        byte[] hash = digest.of("a".getBytes(StandardCharsets.US_ASCII), "bc".getBytes(StandardCharsets.US_ASCII));

        assertThat(HexFormat.of().formatHex(hash)).isEqualTo(hex);
        assertThat(hash).hasSize(digest.bytes());
    }

    @Property(tries = 200)
    void theJavaRuntimeAndLibcryptoHashAlike(@ForAll Digest digest, @ForAll byte[] first, @ForAll byte[] second) {
        assertThat(digest.of(first, second)).isEqualTo(digest.byJava(first, second));
    }
}
