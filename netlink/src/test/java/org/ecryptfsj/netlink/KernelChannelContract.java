package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Behaviour of both channels. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class KernelChannelContract {
    private static final byte[] FEK = TestFrames.bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    private static final byte[] PAYLOAD = KernelFrames.payload(7, FEK);
    private static final byte[] ENCRYPTED_KEY = new byte[300];

    private final ExecutorService otherThreads = Executors.newCachedThreadPool();
    private FakeKernel kernel;
    private KernelChannel channel;

    /** A kernel whose channel has just been opened. */
    abstract FakeKernel kernel() throws Exception;

    @BeforeEach
    void open() throws Exception {
        kernel = kernel();
        channel = kernel.channel();
    }

    @AfterEach
    void close() {
        kernel.close();
        otherThreads.shutdownNow();
    }

    @Test
    void aRequestToDecryptIsReceivedAndAnswered() throws Exception {
        kernel.sendRequest(3, 0xfffffffe, TestFrames.tag64(ENCRYPTED_KEY));

        try (Message message = receive();
                Secret payload = Secret.takeBytes(PAYLOAD.clone())) {
            assertThat(message.request()).isInstanceOfSatisfying(Tag64Request.class, asked -> assertThat(
                            asked.encryptedKey().bytes())
                    .isEqualTo(ENCRYPTED_KEY));
            channel.reply(message, new Reply.Tag65Reply(payload));
        }
        assertThat(kernel.receiveReply()).isEqualTo(new TestFrames.Answer(3, 0xfffffffe, 0x41, 0, hex(PAYLOAD)));
    }

    @Test
    void aRequestToEncryptIsReceivedAndAnswered() throws Exception {
        kernel.sendRequest(31, 1, TestFrames.tag66(PAYLOAD));

        try (Message message = receive()) {
            assertThat(message.request()).isInstanceOfSatisfying(Tag66Request.class, asked -> {
                try (Secret expected = Secret.takeBytes(PAYLOAD.clone())) {
                    assertThat(asked.payload().sameBytesAs(expected)).isTrue();
                }
            });
            channel.reply(message, new Reply.Tag67Reply(EncryptedKey.of(ENCRYPTED_KEY)));
        }
        assertThat(kernel.receiveReply()).isEqualTo(new TestFrames.Answer(31, 1, 0x43, 0, hex(ENCRYPTED_KEY)));
    }

    @Test
    void aMalformedPacketIsReceivedAsAMalformedRequest() throws Exception {
        kernel.sendRequest(5, 6, TestFrames.bytes(0x42, 0xff));

        Message message = receive();
        assertThat(message.request()).isInstanceOf(MalformedRequest.class);
        channel.reply(message, Reply.failureOf(message.request()));

        assertThat(kernel.receiveReply()).isEqualTo(new TestFrames.Answer(5, 6, 0x43, 0xff, ""));
    }

    @Test
    void requestsMayBeAnsweredInAnyOrder() throws Exception {
        kernel.sendRequest(0, 1, TestFrames.tag64(ENCRYPTED_KEY));
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));
        Message first = receive();
        Message second = receive();

        channel.reply(second, Reply.failureOf(second.request()));
        channel.reply(first, Reply.failureOf(first.request()));

        assertThat(kernel.receiveReply().counter()).isEqualTo(2);
        assertThat(kernel.receiveReply().counter()).isEqualTo(1);
    }

    @Test
    void manyThreadsMayReplyAtOnce() throws Exception {
        List<Callable<Void>> replies = IntStream.range(0, 400)
                .<Callable<Void>>mapToObj(counter -> () -> {
                    Message message = new Message(counter % 32, counter, new MalformedRequest((byte) 0x41, "a test"));
                    channel.reply(message, new Reply.Tag67Reply(EncryptedKey.of(new byte[1 + counter])));
                    return null;
                })
                .toList();
        List<Future<Void>> sending = replies.stream().map(otherThreads::submit).toList();

        Set<Integer> counters = new HashSet<>();
        for (int i = 0; i < replies.size(); i++) {
            TestFrames.Answer answer = kernel.receiveReply();
            assertThat(answer.content()).isEqualTo("00".repeat(1 + answer.counter()));
            counters.add(answer.counter());
        }
        assertThat(counters).hasSize(replies.size());
        for (Future<Void> sent : sending) {
            assertThatCode(() -> sent.get(10, TimeUnit.SECONDS)).doesNotThrowAnyException();
        }
    }

    @Test
    void aMalformedFrameIsReportedAndTheNextOneReceived() throws Exception {
        kernel.sendMalformed();
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        assertThatThrownBy(channel::receive).isInstanceOf(MalformedFrameException.class);
        assertThat(receive().counter()).isEqualTo(2);
    }

    @Test
    void heloIsIgnored() throws Exception {
        kernel.sendBare(MessageType.HELO);
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        assertThat(receive().counter()).isEqualTo(2);
        assertThat(channel.ended()).isFalse();
    }

    @Test
    void quitEndsReceiving() throws Exception {
        kernel.sendBare(MessageType.QUIT);

        assertThat(channel.receive()).isEmpty();
        assertThat(channel.ended()).isTrue();
        assertThat(channel.receive()).isEmpty();
    }

    @Test
    void receivingWaitsForTheKernel() throws Exception {
        Future<Optional<Message>> waiting = startToWait();

        assertThat(waiting).isNotDone();
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isPresent();
    }

    @Test
    void aRequesterThatEndsTheWaitIsAsleep() throws Exception {
        Future<Optional<Message>> waiting = startToWait();

        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isPresent();
        assertThat(channel.requesterMayBeAwake()).isFalse();
    }

    @Test
    void aRequesterWhoseRequestWasQueuedBeforeTheReadMayBeAwake() throws Exception {
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        assertThat(receive().counter()).isEqualTo(2);
        assertThat(channel.requesterMayBeAwake()).isTrue();
    }

    @Test
    void withTwoRequestsQueuedBothRequestersMayBeAwake() throws Exception {
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));
        kernel.sendRequest(2, 3, TestFrames.tag64(ENCRYPTED_KEY));

        assertThat(receive().counter()).isEqualTo(2);
        assertThat(channel.requesterMayBeAwake()).isTrue();
        assertThat(receive().counter()).isEqualTo(3);
        assertThat(channel.requesterMayBeAwake()).isTrue();
    }

    @Test
    void stopReceivingEndsTheWait() throws Exception {
        Future<Optional<Message>> waiting = startToWait();

        channel.stopReceiving();

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void queuedRequestsAreReceivedAndAnsweredAfterStopReceiving() throws Exception {
        kernel.sendRequest(0, 1, TestFrames.tag64(ENCRYPTED_KEY));
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));

        channel.stopReceiving();

        Message first = receive();
        assertThat(first.counter()).isEqualTo(1);
        assertThat(receive().counter()).isEqualTo(2);
        assertThat(channel.receive()).isEmpty();
        channel.reply(first, Reply.failureOf(first.request()));
        assertThat(kernel.receiveReply().counter()).isEqualTo(1);
    }

    @Test
    void closingSendsQuitOnce() throws Exception {
        channel.close();
        channel.close();

        kernel.receiveBare(MessageType.QUIT);
        assertThat(kernel.hasReceivedNothing()).isTrue();
    }

    @Test
    void closingEndsTheWait() throws Exception {
        Future<Optional<Message>> waiting = startToWait();

        channel.close();

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void aClosedChannelReceivesNothingAndRefusesReplies() throws Exception {
        Message message = new Message(0, 1, new MalformedRequest((byte) 0x41, "a test"));
        channel.close();

        assertThat(channel.receive()).isEmpty();
        assertThatCode(channel::stopReceiving).doesNotThrowAnyException();
        assertThatThrownBy(() -> channel.reply(message, Reply.failureOf(message.request())))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF))
                .hasMessageContaining("which was closed");
    }

    @Test
    void anotherThreadReceivesTheNextRequest() throws Exception {
        kernel.sendRequest(0, 1, TestFrames.tag64(ENCRYPTED_KEY));
        kernel.sendRequest(1, 2, TestFrames.tag64(ENCRYPTED_KEY));
        receive().close();

        try (Message second =
                otherThreads.submit(channel::receive).get(20, TimeUnit.SECONDS).orElseThrow()) {
            assertThat(second.counter()).isEqualTo(2);
        }
    }

    @Test
    void aPauseEndsWithItsTime() throws Exception {
        long start = System.nanoTime();

        channel.pause(Duration.ofMillis(50));

        assertThat(System.nanoTime() - start).isBetween(50_000_000L, 20_000_000_000L);
    }

    @Test
    void aPauseEndsWhenReceivingIsStopped() throws Exception {
        long before = channel.lastWaitStart();
        Future<?> pause = otherThreads.submit(() -> {
            channel.pause(Duration.ofMinutes(10));
            return null;
        });
        while (channel.lastWaitStart() == before) {
            Thread.onSpinWait();
        }

        channel.stopReceiving();

        assertThat(pause.get(20, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void aClosedChannelDoesNotPause() throws Exception {
        channel.close();

        channel.pause(Duration.ofMinutes(10));

        assertThat(channel.receive()).isEmpty();
    }

    @Test
    void aLimitedWaitIsRepeated() throws Exception {
        channel.limitWait(Duration.ofMillis(10));
        Future<Optional<Message>> waiting = startToWait();
        long first = channel.lastWaitStart();

        while (channel.lastWaitStart() == first) {
            Thread.onSpinWait();
        }

        channel.stopReceiving();
        assertThat(waiting.get(20, TimeUnit.SECONDS)).isEmpty();
    }

    /** A receive on another thread, which waits when this returns. */
    private Future<Optional<Message>> startToWait() {
        long before = channel.lastWaitStart();
        Future<Optional<Message>> waiting = otherThreads.submit(channel::receive);
        while (channel.lastWaitStart() == before) {
            Thread.onSpinWait();
        }
        return waiting;
    }

    private Message receive() throws Exception {
        return channel.receive().orElseThrow();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
