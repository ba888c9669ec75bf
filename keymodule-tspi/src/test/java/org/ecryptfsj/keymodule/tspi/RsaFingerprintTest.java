package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RsaFingerprintTest {
    /** Modulus of vector-key.pem in keymodule-openssl, and its signature by the rules of docs/spec/auth-tok.md, section 4. */
    private static final String MODULUS =
            """
            8F7F4049AD8D9D1B30DD20151B02A87BE9B56152FA06E9180939E43F6E68752EBF92EDB40AA2C0FAAD2CABEFE6484A68
            BC6F8F25F96F0CB5CBDCC460B51E5D7A85358395EDDFBF3E85358B96561470D16114E3B119BAC6BC832A59D41BA21B65
            0ACB9361CE1EA5B91C752654DD66920231B5405A6DDF554ED5F82A2211ED41A3D2E22AE7D130E77D4F8C729B0F96A2A0
            7A8D3DC9E9F698AE7B1DA6EDB6F979FAB4E0A27D80EB4C4FAF13DC30C2DF6A380E13E5C42EE9EA254C0AAA8BAC8C4D1E
            20323D265465B069CF9BB93BCC6F92C08E77CC8060FC8E5FAD80F5D00EA383EE3849DE07A0629B283C79FA57E14B0600
            93CED3FF5CE63CDEAFDD3661088B49C5""";

    @Test
    void theSignatureIsTheCModules() {
        byte[] modulus = HexFormat.of().parseHex(MODULUS.replace("\n", ""));

        assertThat(RsaFingerprint.of(modulus).hex()).isEqualTo("548e3711233cdfb0");
    }
}
