package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes of the real kernel and of the real C daemon; their host-endian fields are little endian. */
class GoldenFramesTest {
    @Test
    void heloAndQuitAreWhatTheCDaemonWrites() {
        assertThat(MiscdevFrame.bare(MessageType.HELO)).isEqualTo(TestVectors.KERNEL_CAPTURES.buffer("helo"));
        assertThat(MiscdevFrame.bare(MessageType.QUIT)).isEqualTo(TestVectors.KERNEL_CAPTURES.buffer("quit"));
    }

    @ParameterizedTest
    @CsvSource({"aes128, 7, 1, 2", "aes256, 9, 3, 4", "aes192, 8, 5, 6"})
    void creatingAndOpeningAFileCrossesTheDeviceAsItDidWithTheCDaemon(
            String file, int cipherCode, int createCounter, int openCounter) throws MalformedFrameException {
        byte[] fek = TestVectors.KERNEL_CAPTURES.bytes(file + ".fek");

        try (Message create = parse(TestVectors.KERNEL_CAPTURES, file + ".create.request");
                Message open = parse(TestVectors.KERNEL_CAPTURES, file + ".open.request")) {
            Tag66Request encrypt = (Tag66Request) create.request();
            Tag64Request decrypt = (Tag64Request) open.request();

            assertThat(create.counter()).isEqualTo(createCounter);
            assertThat(open.counter()).isEqualTo(openCounter);
            assertThat(encrypt.signature().hex()).isEqualTo("7781130439bc6f2e");
            assertThat(decrypt.signature()).isEqualTo(encrypt.signature());
            assertThat(hex(encrypt.payload()))
                    .isEqualTo(HexFormat.of().formatHex(KernelFrames.payload(cipherCode, fek)));
            assertThat(hex(create, new Reply.Tag67Reply(decrypt.encryptedKey())))
                    .isEqualTo(TestVectors.KERNEL_CAPTURES.text(file + ".create.reply"));
            assertThat(hex(open, new Reply.Tag65Reply(encrypt.payload())))
                    .isEqualTo(TestVectors.KERNEL_CAPTURES.text(file + ".open.reply"));
        }
    }

    @Test
    void theComputedFramesAreReadAndWritten() throws MalformedFrameException {
        TestVectors channel = TestVectors.CHANNEL;
        EncryptedKey key = EncryptedKey.of(channel.bytes("efek"));

        try (Message encrypt = parse(channel, "request_tag66");
                Message decrypt = parse(channel, "request_tag64")) {
            Secret payload = ((Tag66Request) encrypt.request()).payload();

            assertThat(encrypt.request()).isInstanceOfSatisfying(Tag66Request.class, asked -> assertThat(
                            asked.signature().hex())
                    .isEqualTo(channel.text("sig")));
            assertThat(hex(payload)).isEqualTo("07" + channel.text("fek") + "0078");
            assertThat(((Tag64Request) decrypt.request()).encryptedKey()).isEqualTo(key);
            assertThat(decrypt.counter()).isEqualTo(0x01020304);
            assertThat(decrypt.index()).isEqualTo(5);
            assertThat(hex(encrypt, new Reply.Tag67Reply(key))).isEqualTo(channel.text("response_tag67"));
            assertThat(hex(decrypt, new Reply.Tag65Reply(payload))).isEqualTo(channel.text("response_tag65"));
        }
    }

    /** The C daemon's failure has two bytes, of which the kernel complains; ours has four (docs/spec/packets.md, section 3). */
    @ParameterizedTest
    @CsvSource({"41, response_tag65_failure", "43, response_tag67_failure"})
    void aFailureIsTheCDaemonsWithTwoMoreBytes(String tag, String vector) {
        Message request = new Message(0, 2, new MalformedRequest(Byte.parseByte(tag, 16), "never mind"));
        String expected = TestVectors.CHANNEL.text(vector).replaceFirst("0a0000000002", "0c0000000004") + "0000";

        assertThat(hex(request, Reply.failureOf(request.request()))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tag66_ok_aes_128_payload_19_bytes", "still_alive_tag66"})
    void aShortEncryptedKeyIsAnsweredAsTheCDaemonDoesWithoutItsStrayByte(String name) throws MalformedFrameException {
        try (Message message = parse(TestVectors.DAEMON_DIALOGUE, name + ".sent")) {
            Reply reply = new Reply.Tag67Reply(xored(((Tag66Request) message.request()).payload()));
            String theirs = TestVectors.DAEMON_DIALOGUE.text(name + ".reply");
            String without = theirs.substring(0, theirs.length() - 2);

            assertThat(hex(message, reply))
                    .isEqualTo(
                            without.substring(0, 10) + "1e" + without.substring(12, 20) + "16" + without.substring(22));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tag64_ok", "tag64_decrypted_payload_64_bytes_limit"})
    void aDecryptedKeyIsAnsweredAsTheCDaemonDoes(String name) throws MalformedFrameException {
        try (Message message = parse(TestVectors.DAEMON_DIALOGUE, name + ".sent");
                Secret payload = Secret.takeBytes(
                        xored(((Tag64Request) message.request()).encryptedKey().bytes()))) {
            assertThat(hex(message, new Reply.Tag65Reply(payload)))
                    .isEqualTo(TestVectors.DAEMON_DIALOGUE.text(name + ".reply"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unknown_tag_0x44_known_key, 41",
        "unknown_tag_0x44_unknown_key, 41",
        "bad_length_byte_in_packet, 43",
        "tag66_payload_512_limit, 43",
        "tag66_payload_513_over_limit, 43",
    })
    void aPacketThatCannotBeServedIsStillToBeAnswered(String name, String replyTag) throws MalformedFrameException {
        Message message = parse(TestVectors.DAEMON_DIALOGUE, name + ".sent");

        assertThat(message.request())
                .isInstanceOfSatisfying(MalformedRequest.class, refused -> assertThat(refused.replyTag())
                        .isEqualTo(Byte.parseByte(replyTag, 16)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown_type_105_5_bytes", "bad_frame_length"})
    void aFrameTheCDaemonDiscardsIsMalformed(String name) {
        assertThatThrownBy(() -> parse(TestVectors.DAEMON_DIALOGUE, name + ".sent"))
                .isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void heloAndQuitAreRecognised() throws MalformedFrameException {
        assertThat(MiscdevFrame.parse(TestVectors.DAEMON_DIALOGUE.buffer("helo_to_daemon.sent")))
                .isEqualTo(new Frame.Helo());
        assertThat(MiscdevFrame.parse(TestVectors.DAEMON_DIALOGUE.buffer("quit_sent_to_daemon.sent")))
                .isEqualTo(new Frame.Quit());
    }

    private static Message parse(TestVectors vectors, String name) throws MalformedFrameException {
        return ((Frame.RequestFrame) MiscdevFrame.parse(vectors.buffer(name))).message();
    }

    private static EncryptedKey xored(Secret payload) {
        byte[] bytes = new byte[payload.size()];
        payload.buffer().get(bytes);
        return EncryptedKey.of(xored(bytes));
    }

    private static byte[] xored(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 0x5a;
        }
        return bytes;
    }

    private static String hex(Secret secret) {
        byte[] bytes = new byte[secret.size()];
        secret.buffer().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String hex(Message request, Reply reply) {
        try (LockedMemory frame = MiscdevFrame.response(request, reply)) {
            byte[] bytes = new byte[frame.size()];
            frame.buffer().get(bytes);
            return HexFormat.of().formatHex(bytes);
        }
    }
}
