package org.ecryptfsj.daemon.warmup;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.KernelFrames;
import org.ecryptfsj.netlink.MalformedFrameException;
import org.ecryptfsj.netlink.MiscdevChannel;

/**
 * Sends requests through the whole pipeline, over a socket pair and with a key of zeros, until the JVM has compiled the path.
 * Otherwise the first two hundred files would take several times as long as later ones.
 */
public final class JitWarmUp implements AutoCloseable {
    /** Enough rounds for the JVM, which compiles what was called 200 times. */
    public static final int COMPLETE = 250;

    /** Alias of the key module that the warm-up's tokens name. */
    static final String ALIAS = "warm-up";

    private static final Signature SIGNATURE = new Signature("0000000000000000");
    private static final int ENCRYPTED_KEY = 319;
    private static final int PAYLOAD = 19;
    private static final int MAX_FRAME = 1024;

    private final ByteBuffer open = request(KernelFrames.tag64(SIGNATURE, new byte[ENCRYPTED_KEY]));
    private final ByteBuffer create = request(KernelFrames.tag66(SIGNATURE, new byte[PAYLOAD]));
    private final ByteBuffer reply = ByteBuffer.allocateDirect(MAX_FRAME);
    private final UserKeyring keyring = new UserKeyring();
    private final SocketPair pair = SocketPair.open();
    private final MiscdevChannel channel;
    private final KeyModules modules;
    private final RequestPipeline pipeline;

    /**
     * Opens the socket pair.
     *
     * @param atOnce whether the key module answers on the receiving thread
     * @throws LinuxException if there are no descriptors left
     */
    public JitWarmUp(boolean atOnce) throws LinuxException {
        this(new ZeroKeyModule(atOnce));
    }

    /**
     * Opens the socket pair.
     *
     * @param module answers the requests
     * @throws LinuxException if there are no descriptors left
     */
    JitWarmUp(KeyModule module) throws LinuxException {
        channel = MiscdevChannel.adopt(pair.here());
        modules = KeyModules.of(module);
        pipeline = new RequestPipeline(modules, JitWarmUp::token, new RequestMetrics(), RequestLimits.DEFAULT, 1);
    }

    /** A key module whose keys are all zeros. */
    private record ZeroKeyModule(boolean atOnce) implements KeyModule {
        @Override
        public String alias() {
            return ALIAS;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
            throw new KeyModuleException(Reason.BAD_PARAMETER, "the warm-up creates no tokens", "");
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
        public Optional<byte[]> wrapAtOnce(KeyBlob blob, Secret payload) {
            return atOnce ? Optional.of(wrap(blob, payload)) : Optional.empty();
        }

        @Override
        public Optional<Secret> unwrapAtOnce(KeyBlob blob, byte[] encryptedKey) {
            return atOnce ? Optional.of(unwrap(blob, encryptedKey)) : Optional.empty();
        }
    }

    /**
     * Warms up the path of requests.
     *
     * @param rounds number of rounds; each is an open and a create
     * @throws LinuxException if there are no descriptors left, or the keyring cannot be searched
     */
    public static void run(int rounds) throws LinuxException {
        try (JitWarmUp warmUp = new JitWarmUp(true)) {
            for (int i = 0; i < rounds; i++) {
                warmUp.open();
                warmUp.create();
                warmUp.keyring.hasUsable(SIGNATURE);
            }
        }
    }

    /**
     * Sends one tag 64 request and receives its reply.
     *
     * @throws LinuxException if the socket cannot be used
     */
    public void open() throws LinuxException {
        exchange(open);
    }

    /**
     * Sends one tag 66 request and receives its reply.
     *
     * @throws LinuxException if the socket cannot be used
     */
    public void create() throws LinuxException {
        exchange(create);
    }

    private void exchange(ByteBuffer request) throws LinuxException {
        pair.there().write(request.rewind());
        try {
            pipeline.accept(channel, channel.receive().orElseThrow());
            pair.there().read(reply.clear());
            if (!KernelFrames.miscdevReply(reply.flip()).isSuccess()) {
                throw new IllegalStateException("request of the warm-up refused: the path of a failure was compiled");
            }
        } catch (MalformedFrameException e) {
            throw new IllegalStateException("frame of the warm-up is malformed", e);
        }
    }

    @Override
    public void close() {
        pipeline.close();
        channel.close();
        modules.close();
        pair.close();
    }

    private static Optional<AuthTok> token(Signature signature) {
        return Optional.of(new AuthTok.PrivateKey(signature, ALIAS, KeyBlob.takeBytes(new byte[1])));
    }

    private static ByteBuffer request(byte[] packet) {
        byte[] frame = KernelFrames.miscdevRequest(0, 1, packet);
        return ByteBuffer.allocateDirect(frame.length).put(frame);
    }
}
