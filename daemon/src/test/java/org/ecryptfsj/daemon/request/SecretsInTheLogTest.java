package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With every line of every level logged, the log names requests and keys, and shows none of their bytes. */
class SecretsInTheLogTest {
    private static final int FEK_BYTES = 16;
    private static final byte[] FEK = "S3cr3t.FileKey.1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IN_THE_BLOB = "S3cr3t.In.A.Blob".getBytes(StandardCharsets.US_ASCII);

    private final Logger root = ((LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory()).getLogger("ROOT");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final FakeKeyModule module = new FakeKeyModule("inverting");
    private volatile byte behaviour = FakeKeyModule.SUCCEEDS;
    private Level before;
    private FakeKernel kernel;
    private RequestPipeline pipeline;
    private Thread loop;

    @BeforeEach
    void start() throws Exception {
        before = root.getLevel();
        root.setLevel(Level.TRACE);
        log.start();
        root.addAppender(log);
        kernel = new FakeKernel();
        serve(RequestLimits.DEFAULT);
    }

    private void serve(RequestLimits limits) {
        RequestMetrics metrics = new RequestMetrics();
        pipeline = new RequestPipeline(KeyModules.of(module), this::find, metrics, limits, 2);
        loop = new Thread(() -> {
            try {
                new RequestLoop(kernel.channel, pipeline, metrics).run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        loop.start();
    }

    private void end() throws Exception {
        kernel.channel.stopReceiving();
        loop.join();
        pipeline.close();
        kernel.close();
    }

    @AfterEach
    void stop() throws Exception {
        module.release.countDown();
        end();
        root.detachAppender(log);
        root.setLevel(before);
    }

    private Optional<AuthTok> find(Signature signature) {
        if (!signature.hex().equals(SIGNATURE)) {
            return Optional.empty();
        }
        ByteBuffer blob =
                ByteBuffer.allocate(1 + IN_THE_BLOB.length).put(behaviour).put(IN_THE_BLOB);
        return Optional.of(new AuthTok.PrivateKey(signature, "inverting", KeyBlob.copyOf(blob.flip())));
    }

    @Test
    void noFileKeyAndNoBlobIsLoggedForAnyOutcome() throws Exception {
        byte[] encrypted = FakeKeyModule.inverted(payload());
        for (byte behaviour : List.of(
                FakeKeyModule.SUCCEEDS,
                FakeKeyModule.SUCCEEDS_AT_ONCE,
                FakeKeyModule.FAILS,
                FakeKeyModule.THROWS_ERROR,
                FakeKeyModule.RETURNS_TOO_MANY_BYTES,
                FakeKeyModule.RETURNS_NO_BYTES)) {
            this.behaviour = behaviour;
            ask(create());
            ask(FakeKernel.open(SIGNATURE, encrypted));
        }
        for (int length = 1; length < create().length; length++) {
            ask(Arrays.copyOf(create(), length));
        }
        byte[] wrongSum = create();
        wrongSum[wrongSum.length - 1]++;
        ask(wrongSum);
        ask(FakeKernel.open("0000000000000000", payload()));
        behaviour = FakeKeyModule.BLOCKS;
        end();
        kernel = new FakeKernel();
        serve(new RequestLimits(Optional.of(Duration.ofMillis(50)), RequestLimits.DEFAULT_STALL));
        ask(create());
        end();
        kernel = new FakeKernel();
        serve(new RequestLimits(Optional.empty(), Duration.ofMillis(50)));
        ask(create());
        ask(create());

        String lines = List.copyOf(log.list).stream()
                .map(event -> event.getFormattedMessage()
                        + Arrays.toString(event.getArgumentArray())
                        + (event.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(event.getThrowableProxy())))
                .collect(Collectors.joining("\n"));
        assertThat(lines)
                .contains(SIGNATURE, "refused", "unexpected", "checksum", "no such key", "deadline", "is stalled")
                .doesNotContain(representations(FEK))
                .doesNotContain(representations(IN_THE_BLOB))
                .doesNotContain(representations(encrypted));
    }

    private void ask(byte[] packet) throws Exception {
        kernel.sendRequest(1, 2, packet);
        assertThat(kernel.answer().index()).isEqualTo(1);
    }

    private static byte[] payload() {
        int sum = 0;
        for (byte b : FEK) {
            sum += Byte.toUnsignedInt(b);
        }
        return ByteBuffer.allocate(FEK_BYTES + 3)
                .put((byte) 7)
                .put(FEK)
                .putShort((short) sum)
                .array();
    }

    private static byte[] create() {
        byte[] packet = FakeKernel.create(SIGNATURE, 0);
        System.arraycopy(payload(), 0, packet, packet.length - payload().length, payload().length);
        return packet;
    }

    /** How bytes can look in a log: any eight of them in a row, as text, hex, a list of numbers, or base64. */
    private static CharSequence[] representations(byte[] secret) {
        byte[] part = Arrays.copyOfRange(secret, 4, 12);
        String numbers = Arrays.toString(part);
        return new CharSequence[] {
            new String(part, StandardCharsets.ISO_8859_1),
            HexFormat.of().formatHex(part),
            HexFormat.of().formatHex(part).toUpperCase(Locale.ROOT),
            numbers.substring(1, numbers.length() - 1),
            base64(secret, 0),
            base64(secret, 1),
            base64(secret, 2)
        };
    }

    private static String base64(byte[] secret, int from) {
        return Base64.getEncoder().encodeToString(Arrays.copyOfRange(secret, from, from + 9));
    }
}
