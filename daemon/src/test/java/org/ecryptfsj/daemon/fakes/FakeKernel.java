package org.ecryptfsj.daemon.fakes;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.linux.Wakeup;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelFrames;
import org.ecryptfsj.netlink.MiscdevChannel;

/** The kernel at the other end of a channel, over a socket pair that preserves frames as /dev/ecryptfs does. */
public final class FakeKernel implements AutoCloseable {
    /** Signature of a key. */
    public static final String SIGNATURE = "0d0915c2a3b48be0";

    /** Status of a failure. */
    public static final int FAILURE = 0xFF;

    /** The channel of the daemon under test. */
    public final MiscdevChannel channel;

    private final SocketPair pair = SocketPair.open();

    /** A reply; the content is hex. */
    public record Answer(int index, int counter, int tag, int status, String content) {}

    /** A channel without an in-flight store. */
    public FakeKernel() throws LinuxException {
        this(Optional.empty());
    }

    /** @param store closed with the channel */
    public FakeKernel(Optional<InFlightStore> store) throws LinuxException {
        channel = MiscdevChannel.adopt(pair.here(), store);
    }

    /** Sends a request. */
    public void sendRequest(int index, int counter, byte[] packet) throws LinuxException {
        send(KernelFrames.miscdevRequest(index, counter, packet));
    }

    /** Sends any bytes. */
    public void send(byte[] frame) throws LinuxException {
        pair.there().write(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
    }

    /** The next reply; empty if none arrives in that time. */
    public Optional<Answer> answer(Duration timeout) throws Exception {
        long end = System.nanoTime() + timeout.toNanos();
        try (Wakeup poll = new Wakeup()) {
            while (!poll.isReadable(pair.there())) {
                if (System.nanoTime() > end) {
                    return Optional.empty();
                }
                Thread.onSpinWait();
            }
        }
        ByteBuffer frame = ByteBuffer.allocateDirect(2048);
        pair.there().read(frame);
        KernelFrames.ReceivedReply reply = KernelFrames.miscdevReply(frame.flip());
        byte[] content = new byte[reply.content().remaining()];
        reply.content().get(content);
        return Optional.of(new Answer(
                reply.index(),
                reply.counter(),
                reply.tag(),
                reply.status(),
                HexFormat.of().formatHex(content)));
    }

    /** The next reply. */
    public Answer answer() throws Exception {
        return answer(Duration.ofSeconds(10)).orElseThrow();
    }

    /** A request to decrypt this key. */
    public static byte[] open(String signature, byte[] encryptedKey) {
        return KernelFrames.tag64(new Signature(signature), encryptedKey);
    }

    /** A request to encrypt {@link #payload} of that value. */
    public static byte[] create(String signature, int value) {
        return KernelFrames.tag66(new Signature(signature), payload(value));
    }

    /** The payload of an AES-128 key whose 16 bytes all have that value. */
    public static byte[] payload(int value) {
        byte[] key = new byte[16];
        Arrays.fill(key, (byte) value);
        return KernelFrames.payload(7, key);
    }

    @Override
    public void close() {
        channel.close();
        pair.close();
    }
}
