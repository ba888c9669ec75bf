package org.ecryptfsj.keymodule.tspi.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;

/** Any bytes as an envelope, a stored KEK or an unsealed one are refused, or say again what they said. */
class EnvelopeFuzzTest {
    private static final KekId ID = new KekId(0x0011223344556677L, 0x8899aabbccddeeffL);

    /** No envelope can be forged: what the parser takes, the cipher refuses. */
    @FuzzTest
    void envelopes(byte[] bytes) throws KeyModuleException {
        EnvelopeV1 envelope;
        try {
            envelope = EnvelopeV1.parse(bytes);
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
            return;
        }
        assertThat(EnvelopeV1.isEnvelope(bytes)).isTrue();
        byte[] header = EnvelopeV1.header(envelope.id(), envelope.sealedKek());
        assertThat(envelope.header()).isEqualTo(header);
        assertThat(EnvelopeV1.envelope(header, envelope.message())).isEqualTo(bytes);
        try (Secret key = Secret.allocate(AesGcm.KEY_BYTES)) {
            assertThat(new AesGcm().decrypt(key, header, envelope.message())).isEmpty();
        }
    }

    @FuzzTest
    void storedKeks(byte[] bytes) {
        try {
            SealedKek kek = KekStore.parse(bytes, Path.of("stored.kek"));
            assertThat(KekStore.bytes(kek)).isEqualTo(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("stored.kek");
        }
    }

    @FuzzTest
    void unsealedKeks(byte[] bytes) {
        try (Secret payload = Secret.copyOf(ByteBuffer.wrap(bytes));
                Secret key = KekPayloadV1.key(payload, ID);
                Secret again = KekPayloadV1.of(ID, key)) {
            assertThat(again.sameBytesAs(payload)).isTrue();
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
        }
    }
}
