package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.netlink.Reply.FailureReply;
import org.ecryptfsj.netlink.Reply.Tag65Reply;
import org.ecryptfsj.netlink.Reply.Tag67Reply;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;

/**
 * The tag packets: 64 and 66 are parsed, 65 and 67 are written (docs/spec/packets.md, sections 2 to 6). PL is a
 * {@link PacketLength}.
 *
 * <table>
 * <caption>Packets</caption>
 * <tr><th>tag</th><th>bytes</th></tr>
 * <tr><td>64</td><td>0x40, PL 16, signature in 16 lowercase hex digits, PL 1..512, encrypted key</td></tr>
 * <tr><td>65</td><td>0x41, status 0, PL, payload</td></tr>
 * <tr><td>66</td><td>0x42, PL 16, signature in 16 lowercase hex digits, PL 3..67, payload</td></tr>
 * <tr><td>67</td><td>0x43, status 0, PL 1..512, encrypted key</td></tr>
 * <tr><td>failure</td><td>0x41 or 0x43, status 0xff, 0, 0</td></tr>
 * <tr><td>payload</td><td>cipher code, file encryption key, its bytes' sum as 16 bits big endian</td></tr>
 * </table>
 *
 * <p>The parser is strict: a packet must fill its space in the message exactly.
 */
final class PacketCodec {
    private static final byte OK = 0;
    private static final byte FAILED = (byte) 0xff;

    /** Tag, status, and two bytes in place of a length: the kernel logs a complaint about a shorter failure. */
    private static final int FAILURE_SIZE = 4;

    private static final int TAG_AND_STATUS = 2;
    private static final int CHECKSUM = 2;

    private PacketCodec() {}

    /**
     * Parses a request. Throws no exception for any bytes.
     *
     * @param packet from its position to its limit; the position does not move
     */
    static Request parse(ByteBuffer packet) {
        ByteBuffer in = packet.slice();
        boolean encrypts = in.hasRemaining() && in.get(0) == Tag66Request.TAG;
        try {
            return parseStrictly(in);
        } catch (MalformedPacketException e) {
            return new MalformedRequest(encrypts ? Tag67Reply.TAG : Tag65Reply.TAG, e.getMessage());
        }
    }

    private static Request parseStrictly(ByteBuffer in) throws MalformedPacketException {
        if (!in.hasRemaining()) {
            throw new MalformedPacketException("empty packet");
        }
        byte tag = in.get();
        if (tag != Tag64Request.TAG && tag != Tag66Request.TAG) {
            throw new MalformedPacketException(String.format("unknown tag 0x%02x", Byte.toUnsignedInt(tag)));
        }
        Signature signature = signature(take(in, "signature", Signature.HEX_DIGITS, Signature.HEX_DIGITS));
        if (tag == Tag64Request.TAG) {
            ByteBuffer encryptedKey = takeLast(in, "encrypted key", 1, EncryptedKey.MAX_BYTES);
            return new Tag64Request(signature, EncryptedKey.copyOf(encryptedKey));
        }
        ByteBuffer payload = takeLast(in, "file key payload", Tag66Request.MIN_PAYLOAD, Tag66Request.MAX_PAYLOAD);
        requireChecksum(payload);
        return new Tag66Request(signature, Secret.copyOf(payload));
    }

    private static ByteBuffer takeLast(ByteBuffer in, String what, int min, int max) throws MalformedPacketException {
        ByteBuffer last = take(in, what, min, max);
        if (in.hasRemaining()) {
            throw new MalformedPacketException(in.remaining() + " bytes behind the " + what);
        }
        return last;
    }

    /** Reads a length and that many bytes, and moves past them. */
    private static ByteBuffer take(ByteBuffer in, String what, int min, int max) throws MalformedPacketException {
        int length = PacketLength.read(in);
        if (length < min || length > max) {
            throw new MalformedPacketException(
                    "length of the " + what + " is " + length + ", not " + (min == max ? min : min + " to " + max));
        }
        if (length > in.remaining()) {
            throw new MalformedPacketException(
                    what + " has length " + length + ", but " + in.remaining() + " bytes are left");
        }
        ByteBuffer taken = in.slice(in.position(), length);
        in.position(in.position() + length);
        return taken;
    }

    private static Signature signature(ByteBuffer digits) throws MalformedPacketException {
        byte[] text = new byte[digits.remaining()];
        digits.get(text);
        try {
            return new Signature(new String(text, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw new MalformedPacketException("signature is not 16 lowercase hex digits", e);
        }
    }

    private static void requireChecksum(ByteBuffer payload) throws MalformedPacketException {
        int end = payload.limit() - CHECKSUM;
        int sum = 0;
        for (int i = 1; i < end; i++) {
            sum += Byte.toUnsignedInt(payload.get(i));
        }
        if ((short) sum != payload.getShort(end)) {
            throw new MalformedPacketException("wrong checksum of the file key");
        }
    }

    /** Number of bytes that {@link #write} writes. */
    static int size(Reply reply) {
        if (reply instanceof Tag65Reply decrypted) {
            int length = decrypted.payload().size();
            return TAG_AND_STATUS + PacketLength.size(length) + length;
        }
        if (reply instanceof Tag67Reply encrypted) {
            int length = encrypted.encryptedKey().size();
            return TAG_AND_STATUS + PacketLength.size(length) + length;
        }
        return FAILURE_SIZE;
    }

    /** Writes a reply at the buffer's position. */
    static void write(Reply reply, ByteBuffer out) {
        out.put(reply.tag());
        if (reply instanceof FailureReply) {
            out.put(FAILED).putShort((short) 0);
            return;
        }
        out.put(OK);
        if (reply instanceof Tag65Reply decrypted) {
            PacketLength.write(out, decrypted.payload().size());
            decrypted.payload().writeTo(out);
        } else if (reply instanceof Tag67Reply encrypted) {
            PacketLength.write(out, encrypted.encryptedKey().size());
            encrypted.encryptedKey().writeTo(out);
        }
    }

    /** @throws IllegalArgumentException if it is not the tag of a reply */
    static void requireReplyTag(byte tag) {
        if (tag != Tag65Reply.TAG && tag != Tag67Reply.TAG) {
            throw new IllegalArgumentException(
                    String.format("tag of a reply must be 0x41 or 0x43, not 0x%02x", Byte.toUnsignedInt(tag)));
        }
    }
}
