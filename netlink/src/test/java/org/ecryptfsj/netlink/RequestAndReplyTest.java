package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.netlink.Reply.FailureReply;
import org.ecryptfsj.netlink.Reply.Tag65Reply;
import org.ecryptfsj.netlink.Reply.Tag67Reply;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestAndReplyTest {
    private static final Signature SIGNATURE = TestFrames.SIGNATURE;

    @Test
    void aRequestIsAnsweredByTheNextTag() {
        try (Request decrypt = new Tag64Request(SIGNATURE, EncryptedKey.of(new byte[1]));
                Request encrypt = new Tag66Request(SIGNATURE, Secret.allocate(19))) {
            assertThat(decrypt.tag()).isEqualTo((byte) 0x40);
            assertThat(decrypt.replyTag()).isEqualTo((byte) 0x41).isEqualTo(Tag65Reply.TAG);
            assertThat(encrypt.tag()).isEqualTo((byte) 0x42);
            assertThat(encrypt.replyTag()).isEqualTo((byte) 0x43).isEqualTo(Tag67Reply.TAG);
            assertThat(Reply.failureOf(decrypt)).isEqualTo(new FailureReply((byte) 0x41));
            assertThat(Reply.failureOf(encrypt)).isEqualTo(new FailureReply((byte) 0x43));
        }
    }

    @Test
    void aMalformedRequestCountsAsTheKindItIsAnsweredAs() {
        assertThat(new MalformedRequest((byte) 0x41, "short").tag()).isEqualTo(Tag64Request.TAG);
        assertThat(new MalformedRequest((byte) 0x43, "short").tag()).isEqualTo(Tag66Request.TAG);
    }

    @Test
    void closingAMessageWipesItsFileKey() {
        Secret payload = Secret.allocate(19);
        Message message = new Message(0, 1, new Tag66Request(SIGNATURE, payload));

        message.close();

        assertThatThrownBy(payload::buffer).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noTextOfAMessageShowsTheFileKey() {
        Secret payload = Secret.takeBytes("0SECRETSECRETSECRET".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        try (Message message = new Message(0, 1, new Tag66Request(SIGNATURE, payload))) {
            assertThat(message.toString()).contains(SIGNATURE.hex(), "19 bytes").doesNotContain("SECRET");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 68, 512})
    void aPayloadToEncryptOutsideItsSizesIsRefused(int size) {
        try (Secret payload = Secret.allocate(size)) {
            assertThatThrownBy(() -> new Tag66Request(SIGNATURE, payload))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 to 67");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 513})
    void aDecryptedPayloadThatFitsNoFrameIsRefused(int size) {
        try (Secret payload = Secret.allocate(size)) {
            assertThatThrownBy(() -> new Tag65Reply(payload))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 to 512");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 513})
    void anEncryptedKeyOutsideItsSizesIsRefused(int size) {
        assertThatThrownBy(() -> EncryptedKey.of(new byte[size]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 512");
    }

    @Test
    void anEncryptedKeyIsNotChangedThroughAnArray() {
        byte[] bytes = {1, 2, 3};
        EncryptedKey key = EncryptedKey.of(bytes);

        bytes[0] = 9;
        key.bytes()[1] = 9;

        assertThat(key.bytes()).containsExactly(1, 2, 3);
        assertThat(key.size()).isEqualTo(3);
    }

    @Test
    void encryptedKeysOfTheSameBytesAreEqual() {
        EncryptedKey key = EncryptedKey.of(new byte[] {1, 2, 3});

        assertThat(key).isEqualTo(EncryptedKey.of(new byte[] {1, 2, 3})).isNotEqualTo(EncryptedKey.of(new byte[3]));
        assertThat(key).hasSameHashCodeAs(EncryptedKey.of(new byte[] {1, 2, 3}));
        assertThat(key).hasToString("EncryptedKey[3 bytes]");
    }

    @Test
    void aTagThatIsNoReplysIsRefused() {
        assertThatThrownBy(() -> new FailureReply((byte) 0x40))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0x41 or 0x43");
        assertThatThrownBy(() -> new MalformedRequest((byte) 0x44, "why")).isInstanceOf(IllegalArgumentException.class);
    }
}
