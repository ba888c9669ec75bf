package org.ecryptfsj.daemon;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.MiscdevChannel;

/** The kernel's side of a channel, over a socket pair that keeps frames apart as /dev/ecryptfs does. */
final class Kernel implements AutoCloseable {
    static final String SIGNATURE = "0d0915c2a3b48be0";
    static final int FAILURE = 0xFF;

    private final SocketPair pair = SocketPair.open();
    final MiscdevChannel channel;

    /** A reply as it came over the channel; the packet in hex. */
    record Answer(int index, int counter, String packet) {
        int status() {
            return HexFormat.fromHexDigits(packet, 2, 4);
        }
    }

    Kernel() throws LinuxException {
        this(Optional.empty());
    }

    /** @param record closed with the channel */
    Kernel(Optional<InFlightStore> record) throws LinuxException {
        channel = MiscdevChannel.adopt(pair.here(), record);
    }

    void ask(int index, int counter, byte[] packet) throws LinuxException {
        ByteBuffer frame = ByteBuffer.allocateDirect(packet.length + 64);
        frame.put((byte) 0x66).putInt(counter);
        int length = packet.length + 8;
        if (length < 192) {
            frame.put((byte) length);
        } else {
            frame.put((byte) ((length - 192) / 256 + 192)).put((byte) ((length - 192) % 256));
        }
        frame.order(ByteOrder.nativeOrder()).putInt(index).putInt(packet.length).put(packet);
        pair.there().write(frame.flip());
    }

    void send(byte[] frame) throws LinuxException {
        pair.there().write(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
    }

    /** The next frame that is a reply; empty if none comes in that time. */
    Optional<Answer> answer(Duration patience) throws Exception {
        long end = System.nanoTime() + patience.toNanos();
        try (org.ecryptfsj.linux.Wakeup poll = new org.ecryptfsj.linux.Wakeup()) {
            while (!poll.isReadable(pair.there())) {
                if (System.nanoTime() > end) {
                    return Optional.empty();
                }
                Thread.onSpinWait();
            }
        }
        ByteBuffer frame = readFrame();
        if (frame.get() != 0x67) {
            return Optional.empty();
        }
        int counter = frame.getInt();
        int first = Byte.toUnsignedInt(frame.get());
        if (first >= 192) {
            frame.get();
        }
        frame.order(ByteOrder.nativeOrder());
        int index = frame.getInt();
        byte[] packet = new byte[frame.getInt()];
        frame.get(packet);
        return Optional.of(new Answer(index, counter, HexFormat.of().formatHex(packet)));
    }

    Answer answer() throws Exception {
        return answer(Duration.ofSeconds(10)).orElseThrow();
    }

    private ByteBuffer readFrame() throws LinuxException {
        ByteBuffer frame = ByteBuffer.allocateDirect(2048);
        pair.there().read(frame);
        return frame.flip();
    }

    /** A tag 64 packet: decrypt this. */
    static byte[] open(String signature, byte[] encryptedKey) {
        ByteBuffer packet = ByteBuffer.allocate(32 + encryptedKey.length);
        packet.put((byte) 0x40).put((byte) 16).put(signature.getBytes(StandardCharsets.US_ASCII));
        packet.put((byte) encryptedKey.length).put(encryptedKey);
        return trimmed(packet);
    }

    /** A tag 66 packet: encrypt a FEK of 16 bytes, all of that value. */
    static byte[] create(String signature, int value) {
        ByteBuffer packet = ByteBuffer.allocate(64);
        packet.put((byte) 0x42).put((byte) 16).put(signature.getBytes(StandardCharsets.US_ASCII));
        packet.put((byte) 19).put(payload(value));
        return trimmed(packet);
    }

    /** Cipher code of aes-128, 16 times that value, checksum. */
    static byte[] payload(int value) {
        ByteBuffer payload = ByteBuffer.allocate(19).put((byte) 7);
        for (int i = 0; i < 16; i++) {
            payload.put((byte) value);
        }
        return payload.putShort((short) (16 * value)).array();
    }

    private static byte[] trimmed(ByteBuffer packet) {
        byte[] bytes = new byte[packet.flip().remaining()];
        packet.get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        channel.close();
        pair.close();
    }
}
