package org.ecryptfsj.daemon;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
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
import org.ecryptfsj.netlink.MalformedFrameException;
import org.ecryptfsj.netlink.MiscdevChannel;

/**
 * Goes the way of a request over a socket pair, with a key of zeros, until the JVM has compiled it: otherwise the first two
 * hundred files would take several times as long as those after them.
 */
final class Rehearsal implements AutoCloseable {
    /** The JVM compiles what was called 200 times. */
    static final int THOROUGH = 250;

    /** Of the module that the rehearsal's keys name. */
    static final String ALIAS = "rehearsal";

    private static final Signature NOBODY = new Signature("0000000000000000");
    private static final byte REQUEST = 0x66;
    private static final byte RESPONSE = 0x67;
    private static final byte UNWRAP = 0x40;
    private static final byte WRAP = 0x42;
    private static final int ENCRYPTED_KEY = 319;
    private static final int PAYLOAD = 19;
    private static final int ROOM = 1024;

    /** Bytes of a frame with the failure packet: type, counter, length, index, size of the packet, packet (docs/spec/packets.md, 6). */
    private static final int FAILURE = 1 + Integer.BYTES + 1 + Integer.BYTES + Integer.BYTES + 4;

    private final ByteBuffer open = request(UNWRAP, ENCRYPTED_KEY);
    private final ByteBuffer create = request(WRAP, PAYLOAD);
    private final ByteBuffer answer = ByteBuffer.allocateDirect(ROOM);
    private final UserKeyring keyring = new UserKeyring();
    private final SocketPair pair = SocketPair.open();
    private final MiscdevChannel channel;
    private final KeyModules modules;
    private final Dispatcher dispatcher;

    /**
     * Opens the socket pair.
     *
     * @param atOnce whether the module answers on the thread that asks
     * @throws LinuxException if there are no descriptors left
     */
    Rehearsal(boolean atOnce) throws LinuxException {
        this(new Zeros(atOnce));
    }

    /**
     * Opens the socket pair.
     *
     * @param module answers the requests
     * @throws LinuxException if there are no descriptors left
     */
    Rehearsal(KeyModule module) throws LinuxException {
        channel = MiscdevChannel.adopt(pair.here());
        modules = KeyModules.of(module);
        dispatcher = new Dispatcher(modules, Rehearsal::token, new Journal(), RequestLimits.DEFAULT, 1);
    }

    /** A module whose keys are all zeros. */
    private record Zeros(boolean atOnce) implements KeyModule {
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
            throw new KeyModuleException(Reason.BAD_PARAMETER, "no key is made in a rehearsal", "");
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
     * Rehearses.
     *
     * @param rounds how often; each is an open and a create
     * @throws LinuxException if there are no descriptors left, or the keyring cannot be searched
     */
    static void run(int rounds) throws LinuxException {
        try (Rehearsal rehearsal = new Rehearsal(true)) {
            for (int i = 0; i < rounds; i++) {
                rehearsal.open();
                rehearsal.create();
                rehearsal.keyring.hasUsable(NOBODY);
            }
        }
    }

    /** One tag 64 request, from its writing to the reading of its answer. */
    void open() throws LinuxException {
        ask(open);
    }

    /** One tag 66 request. */
    void create() throws LinuxException {
        ask(create);
    }

    private void ask(ByteBuffer request) throws LinuxException {
        pair.there().write(request.rewind());
        try {
            dispatcher.answer(channel, channel.receive().orElseThrow());
        } catch (MalformedFrameException e) {
            throw new IllegalStateException("the rehearsal's own request was not understood", e);
        }
        int bytes = pair.there().read(answer.clear());
        if (answer.get(0) != RESPONSE || bytes <= FAILURE) {
            throw new IllegalStateException(
                    "the rehearsal's request was refused, so another path was compiled than meant");
        }
    }

    @Override
    public void close() {
        dispatcher.close();
        channel.close();
        modules.close();
        pair.close();
    }

    private static Optional<AuthTok> token(Signature signature) {
        return Optional.of(new AuthTok.PrivateKey(signature, ALIAS, KeyBlob.takeBytes(new byte[1])));
    }

    /** A request of the kernel (docs/spec/channel.md, section 3; packets.md, sections 2 and 4); key and checksum are zeros. */
    private static ByteBuffer request(byte tag, int contentBytes) {
        byte[] signature = NOBODY.hex().getBytes(StandardCharsets.US_ASCII);
        byte[] content = length(contentBytes);
        int packet = 2 + signature.length + content.length + contentBytes;
        int message = 2 * Integer.BYTES + packet;
        ByteBuffer frame = ByteBuffer.allocateDirect(ROOM);
        frame.put(REQUEST).putInt(1).put(length(message));
        frame.order(ByteOrder.nativeOrder()).putInt(0).putInt(packet);
        frame.put(tag).put((byte) signature.length).put(signature).put(content);
        return frame.limit(frame.position() + contentBytes);
    }

    private static byte[] length(int value) {
        return value < 192
                ? new byte[] {(byte) value}
                : new byte[] {(byte) ((value - 192) / 256 + 192), (byte) ((value - 192) % 256)};
    }
}
