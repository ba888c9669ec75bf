package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.Kernel.SIGNATURE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every request that was read gets exactly one reply, in time. */
class DispatcherTest {
    private static final String OTHER = "ffffffffffffffff";

    private final InvertingModule module = new InvertingModule("inverting");
    private final InvertingModule neighbour = new InvertingModule("neighbour");
    private final Map<String, Byte> behaviour = new ConcurrentHashMap<>();
    private final Map<String, String> aliases = new ConcurrentHashMap<>();
    private final Journal journal = new Journal();
    private volatile long settlingTime;
    private Kernel kernel;
    private Dispatcher dispatcher;
    private Thread loop;

    @BeforeEach
    void start() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.WORKS);
        know(OTHER, "neighbour", InvertingModule.WORKS);
        serve(RequestLimits.DEFAULT);
    }

    private void serve(RequestLimits limits) throws Exception {
        kernel = new Kernel();
        dispatcher =
                new Dispatcher(KeyModules.of(module, neighbour), this::find, journal, limits, 2, () -> settlingTime);
        loop = new Thread(() -> {
            try {
                new RequestLoop(kernel.channel, dispatcher, journal).run();
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
        loop.start();
    }

    @AfterEach
    void stop() throws Exception {
        module.release.countDown();
        end();
    }

    private void serveWith(RequestLimits limits) throws Exception {
        end();
        serve(limits);
    }

    private static RequestLimits deadline(Duration deadline) {
        return new RequestLimits(Optional.of(deadline), RequestLimits.DEFAULT_STALL);
    }

    private void end() throws Exception {
        kernel.channel.stopReceiving();
        loop.join();
        dispatcher.close();
        kernel.close();
    }

    private void know(String signature, String alias, byte how) {
        behaviour.put(signature, how);
        aliases.put(signature, alias);
    }

    private Optional<AuthTok> find(Signature signature) throws LinuxException {
        if (signature.hex().startsWith("dead")) {
            throw new LinuxException("keyctl read", Errno.EKEYREVOKED);
        }
        if (signature.hex().startsWith("abcd")) {
            return Optional.of(new AuthTok.Password(signature, Secret.allocate(64), Salt.DEFAULT));
        }
        return Optional.ofNullable(aliases.get(signature.hex()))
                .map(alias -> new AuthTok.PrivateKey(
                        signature, alias, KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {behaviour.get(signature.hex())
                        }))));
    }

    @Test
    void aCreateIsAnsweredWithTheKeyTheModuleEncrypted() throws Exception {
        kernel.ask(3, 17, Kernel.create(SIGNATURE, 5));

        Kernel.Answer answer = kernel.answer();

        assertThat(answer.index()).isEqualTo(3);
        assertThat(answer.counter()).isEqualTo(17);
        assertThat(answer.packet()).isEqualTo("430013" + hex(InvertingModule.inverted(Kernel.payload(5))));
    }

    @Test
    void anOpenIsAnsweredWithTheKeyTheModuleDecrypted() throws Exception {
        kernel.ask(0, 1, Kernel.open(SIGNATURE, InvertingModule.inverted(Kernel.payload(9))));

        assertThat(kernel.answer().packet()).isEqualTo("410013" + hex(Kernel.payload(9)));
    }

    @Test
    void anUnknownSignatureFails() throws Exception {
        kernel.ask(0, 1, Kernel.open("0000000000000000", new byte[10]));

        assertFailure(kernel.answer(), 0x41);
    }

    @Test
    void aKeyThatCannotBeReadFails() throws Exception {
        kernel.ask(0, 1, Kernel.create("dead000000000000", 1));

        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aPassphraseTokenFails() throws Exception {
        kernel.ask(0, 1, Kernel.create("abcd000000000000", 1));

        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aTokenOfAModuleNobodyInstalledFails() throws Exception {
        know("1111111111111111", "absent", InvertingModule.WORKS);
        kernel.ask(0, 1, Kernel.open("1111111111111111", new byte[10]));

        assertFailure(kernel.answer(), 0x41);
    }

    @Test
    void whateverAModuleDoesTheRequestFailsAndTheNextOneWorks() throws Exception {
        for (byte how : List.of(
                InvertingModule.REFUSES,
                InvertingModule.IS_BROKEN,
                InvertingModule.ANSWERS_TOO_MUCH,
                InvertingModule.ANSWERS_NOTHING)) {
            know(SIGNATURE, "inverting", how);
            kernel.ask(0, 1, Kernel.create(SIGNATURE, 1));
            assertFailure(kernel.answer(), 0x43);
            kernel.ask(0, 2, Kernel.open(SIGNATURE, new byte[19]));
            assertFailure(kernel.answer(), 0x41);
        }
        know(SIGNATURE, "inverting", InvertingModule.WORKS);
        kernel.ask(0, 3, Kernel.create(SIGNATURE, 1));
        assertThat(kernel.answer().status()).isZero();
    }

    @Test
    void aModuleThatHangsIsAnsweredForAtTheDeadlineAndInterrupted() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        serveWith(deadline(Duration.ofMillis(100)));
        long start = System.nanoTime();

        kernel.ask(0, 1, Kernel.open(SIGNATURE, new byte[19]));

        assertFailure(kernel.answer(), 0x41);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        assertThat(module.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(journal.requests(0)).containsEntry("timed_out", 1L);
    }

    @Test
    void aRequestThatWaitsBehindAHangingOneIsAnsweredForAtItsDeadlineToo() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        serveWith(deadline(Duration.ofMillis(100)));

        for (int i = 0; i < 8; i++) {
            kernel.ask(i, i + 1, Kernel.open(SIGNATURE, new byte[19]));
        }

        for (int i = 0; i < 8; i++) {
            assertFailure(kernel.answer(), 0x41);
        }
        assertThat(dispatcher.inFlight()).isZero();
    }

    @Test
    void aHangingModuleDoesNotHoldUpAnother() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        for (int i = 0; i < 10; i++) {
            kernel.ask(i, i + 1, Kernel.create(SIGNATURE, 1));
        }

        kernel.ask(20, 21, Kernel.create(OTHER, 2));

        Kernel.Answer answer = kernel.answer();
        assertThat(answer.counter()).isEqualTo(21);
        assertThat(answer.status()).isZero();
    }

    @Test
    void whatAModuleHasAtHandIsAnsweredWhileItsOtherRequestsHang() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        for (int i = 0; i < 10; i++) {
            kernel.ask(i, i + 1, Kernel.create(SIGNATURE, 1));
        }
        know(OTHER, "inverting", InvertingModule.HAS_IT_AT_HAND);

        kernel.ask(20, 21, Kernel.create(OTHER, 2));
        Kernel.Answer created = kernel.answer();
        kernel.ask(20, 22, Kernel.open(OTHER, InvertingModule.inverted(Kernel.payload(9))));
        Kernel.Answer opened = kernel.answer();

        assertThat(created.counter()).isEqualTo(21);
        assertThat(created.packet()).isEqualTo("430013" + hex(InvertingModule.inverted(Kernel.payload(2))));
        assertThat(opened.counter()).isEqualTo(22);
        assertThat(opened.packet()).isEqualTo("410013" + hex(Kernel.payload(9)));
        assertThat(dispatcher.inFlight()).isEqualTo(10);
    }

    @Test
    void moreThanTheQueueHoldsFailsAtOnce() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        int queued = 256 + 2;
        for (int i = 0; i < queued; i++) {
            kernel.ask(i, i + 1, Kernel.create(SIGNATURE, 1));
        }

        kernel.ask(999, 1000, Kernel.create(SIGNATURE, 1));

        Kernel.Answer answer = kernel.answer();
        assertFailure(answer, 0x43);
        assertThat(answer.counter()).isEqualTo(1000);
    }

    @Test
    void whatIsInFlightWhenTheDaemonStopsIsAnswered() throws Exception {
        know(SIGNATURE, "inverting", InvertingModule.HANGS);
        for (int i = 0; i < 6; i++) {
            kernel.ask(i, i + 1, Kernel.create(SIGNATURE, 1));
        }
        kernel.ask(20, 21, Kernel.create(OTHER, 2));
        assertThat(kernel.answer().counter()).isEqualTo(21);

        dispatcher.finish(Duration.ofMillis(50));

        for (int i = 0; i < 6; i++) {
            assertFailure(kernel.answer(), 0x43);
        }
        kernel.ask(30, 31, Kernel.create(OTHER, 2));
        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void whoeverMayNotBeAsleepYetIsNotAnsweredAtOnce() throws Exception {
        settlingTime = Duration.ofHours(1).toNanos();
        know(OTHER, "neighbour", InvertingModule.HAS_IT_AT_HAND);
        try (Kernel busy = new Kernel()) {
            answerTwo(busy);

            assertThat(dispatcher.inFlight()).isEqualTo(2);
            assertThat(busy.answer(Duration.ZERO)).isEmpty();

            dispatcher.finish(Duration.ZERO);
            assertFailure(busy.answer(), 0x43);
            assertFailure(busy.answer(), 0x43);
        }
    }

    @Test
    void whileSomebodyMayNotBeAsleepNobodyIsAnsweredAtOnce() throws Exception {
        settlingTime = Duration.ofHours(1).toNanos();
        know(OTHER, "neighbour", InvertingModule.HAS_IT_AT_HAND);
        try (Kernel busy = new Kernel()) {
            answerTwo(busy);
            kernel.ask(3, 3, Kernel.create(OTHER, 3));
            while (dispatcher.inFlight() < 3) {
                Thread.onSpinWait();
            }

            dispatcher.finish(Duration.ZERO);

            assertFailure(kernel.answer(), 0x43);
        }
    }

    @Test
    void aDaemonThatStopsAnswersThemBefore() throws Exception {
        settlingTime = Duration.ofMillis(100).toNanos();
        try (Kernel busy = new Kernel()) {
            answerTwo(busy);

            dispatcher.finish(Duration.ofSeconds(10));

            assertThat(busy.answer().status()).isZero();
            assertThat(busy.answer().status()).isZero();
        }
    }

    /** Both have asked before anybody looks. */
    private void answerTwo(Kernel busy) throws Exception {
        busy.ask(1, 1, Kernel.create(OTHER, 1));
        busy.ask(2, 2, Kernel.create(OTHER, 2));
        dispatcher.answer(busy.channel, busy.channel.receive().orElseThrow());
        dispatcher.answer(busy.channel, busy.channel.receive().orElseThrow());
    }

    @Test
    void malformedMessagesOfEveryKindAreAnsweredOrDiscardedAndNeverStopTheDaemon() throws Exception {
        byte[] good = Kernel.create(SIGNATURE, 1);
        List<byte[]> packets = new ArrayList<>();
        for (int length = 1; length < good.length; length++) {
            packets.add(java.util.Arrays.copyOf(good, length));
        }
        packets.add(hex("42ff"));
        packets.add(hex("42e0ffffff"));
        packets.add(hex("00".repeat(40)));
        packets.add(hex("ff".repeat(500)));
        packets.add(replaced(good, 0, 0x50));
        packets.add(replaced(good, 1, 15));
        packets.add(replaced(good, 1, 17));
        packets.add(replaced(good, 2, 'G'));
        packets.add(replaced(good, good.length - 1, 0x55));
        for (byte[] packet : packets) {
            kernel.ask(1, 2, packet);
            assertThat(kernel.answer().status())
                    .as(HexFormat.of().formatHex(packet))
                    .isEqualTo(Kernel.FAILURE);
        }
        for (String frame :
                List.of("66", "6600000001", "6600000001ff", "660000000108", "00", "67000000010a", "aa".repeat(700))) {
            kernel.send(hex(frame));
        }
        kernel.ask(5, 6, good);
        assertThat(kernel.answer().status()).isZero();
        assertThat((long) journal.requests(0).get("discarded_frames")).isGreaterThanOrEqualTo(5);
    }

    @Test
    void theJournalCountsPerKey() throws Exception {
        kernel.ask(0, 1, Kernel.create(SIGNATURE, 1));
        kernel.answer();
        kernel.ask(0, 2, Kernel.open("0000000000000000", new byte[10]));
        kernel.answer();

        assertThat(journal.keysInUse()).containsOnlyKeys(SIGNATURE, "0000000000000000");
        assertThat(journal.requests(0)).containsEntry("received", 2L).containsEntry("failed", 1L);
    }

    private static void assertFailure(Kernel.Answer answer, int tag) {
        assertThat(answer.packet()).isEqualTo(String.format("%02xff0000", tag));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] replaced(byte[] packet, int at, int with) {
        byte[] copy = packet.clone();
        copy[at] = (byte) with;
        return copy;
    }
}
