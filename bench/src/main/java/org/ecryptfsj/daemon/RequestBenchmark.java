package org.ecryptfsj.daemon;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.Credential;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole path of a request over a socket pair in place of the device: written, received, dispatched, answered and read,
 * with a module that has the answer at hand, or one that must be waited for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RequestBenchmark {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");
    private static final int ENCRYPTED_KEY = 385;
    private static final int PAYLOAD = 35;

    /** Whether the module answers on the thread that reads. */
    @Param({"true", "false"})
    public boolean atOnce;

    private final ByteBuffer request = ByteBuffer.allocateDirect(1024);
    private final ByteBuffer reply = ByteBuffer.allocateDirect(1024);
    private final Secret token = Secret.allocate(16);
    private SocketPair pair;
    private MiscdevChannel channel;
    private KeyModules modules;
    private Dispatcher dispatcher;

    /** A module whose keys are all zeros. */
    private record ZeroModule(boolean atOnce) implements KeyModule {
        @Override
        public String alias() {
            return "zero";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Credential credential(ParameterValues values) throws KeyModuleException {
            throw new KeyModuleException(Reason.BAD_PARAMETER, "no key is made here", "");
        }

        @Override
        public byte[] wrap(KeyBlob blob, Secret payload) {
            return new byte[ENCRYPTED_KEY];
        }

        @Override
        public Secret unwrap(KeyBlob blob, byte[] encryptedKey) {
            return Secret.allocate(PAYLOAD);
        }

        @Override
        public Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) {
            return atOnce ? Optional.of(unwrap(blob, encryptedKey)) : Optional.empty();
        }
    }

    /** Opens the channel. */
    @Setup
    public void open() throws LinuxException {
        pair = SocketPair.open();
        channel = MiscdevChannel.adopt(pair.here());
        modules = KeyModules.of(new ZeroModule(atOnce));
        dispatcher = new Dispatcher(modules, this::find, new Journal(), Duration.ofSeconds(10), 4);
        byte[] signature = SIGNATURE.hex().getBytes(StandardCharsets.US_ASCII);
        int packet = 2 + signature.length + 2 + ENCRYPTED_KEY;
        int message = 2 * Integer.BYTES + packet;
        request.put((byte) 0x66).putInt(1);
        putLength(message);
        request.order(ByteOrder.nativeOrder()).putInt(0).putInt(packet);
        request.put((byte) 0x40).put((byte) signature.length).put(signature);
        putLength(ENCRYPTED_KEY);
        request.put(new byte[ENCRYPTED_KEY]).flip();
    }

    private void putLength(int length) {
        request.put((byte) ((length - 192) / 256 + 192)).put((byte) ((length - 192) % 256));
    }

    private Optional<AuthTok> find(Signature signature) {
        return Optional.of(new AuthTok.PrivateKey(signature, "zero", KeyBlob.copyOf(token.buffer())));
    }

    /** Closes it. */
    @TearDown
    public void close() {
        dispatcher.close();
        channel.close();
        modules.close();
        pair.close();
        token.close();
    }

    /** An open. */
    @Benchmark
    public int open64() throws Exception {
        pair.there().write(request.rewind());
        dispatcher.answer(channel, channel.receive().orElseThrow());
        return pair.there().read(reply.clear());
    }
}
