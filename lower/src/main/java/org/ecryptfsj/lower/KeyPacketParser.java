package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;

/**
 * Parses and writes the key packets of a header (docs/spec/packets.md, sections 7 to 10): TAG 1, or TAG 3 followed by TAG 11, any number of them, ended
 * by a byte that is not a tag. Frozen: it is on disks.
 *
 * <pre>
 * TAG 1    01 | length | 03 | signature 8 | algorithm 1 | encrypted key
 * TAG 3    8c | length | 04 | cipher code 1 | 03 | 01 | salt 8 | iterations 1 | encrypted key
 * TAG 11   ed | length | 62 | 08 | "_CONSOLE" | date 4 | signature 8
 * </pre>
 */
final class KeyPacketParser {
    private static final int TAG_1 = 0x01;
    private static final int TAG_3 = 0x8c;
    private static final int TAG_11 = 0xed;

    private static final int TAG_1_FIXED = 10;
    private static final int TAG_1_VERSION = 3;
    private static final int TAG_3_FIXED = 13;
    private static final int TAG_3_VERSION = 4;
    private static final int S2K_SALTED_ITERATED = 3;
    private static final int HASH_MD5 = 1;
    private static final int TAG_11_BODY = 22;
    private static final int TAG_11_BEFORE_SIGNATURE = 14;

    private static final int TAG_11_BYTES = 2 + TAG_11_BODY;
    private static final byte[] CONSOLE = "_CONSOLE".getBytes(StandardCharsets.US_ASCII);

    /** Bytes from the signature of a TAG 1 packet to its encrypted key: the signature and the algorithm. */
    private static final int TAG_1_BETWEEN = Signature.BYTES + 1;

    /** The algorithm that the kernel writes for all key modules; nothing reads it. */
    private static final byte RSA = 1;

    /** 65536 iterations, as the kernel writes; nothing reads it. */
    private static final byte ITERATIONS = 0x60;

    private static final int MAX_MODULE_KEY = 512;
    private static final int MAX_BYTES = 600;
    private static final int MAX_PASSPHRASE_KEY = 64;
    private static final int CODE_AES_192 = 0x08;
    private static final int AES_192_BYTES = 24;

    private KeyPacketParser() {}

    /**
     * A key with its place in the header.
     *
     * @param packet the key
     * @param from the offset of its first byte
     * @param to the offset behind its last byte
     */
    record Placed(KeyPacket packet, int from, int to) {
        /** The offset of its signature. */
        int signatureAt() {
            return packet instanceof KeyPacket.PassphrasePacket
                    ? to - Signature.BYTES
                    : encryptedKeyAt() - TAG_1_BETWEEN;
        }

        /** The offset of its encrypted file key. */
        int encryptedKeyAt() {
            return packet instanceof KeyPacket.PassphrasePacket
                    ? to - TAG_11_BYTES - packet.encryptedKey().size()
                    : to - packet.encryptedKey().size();
        }
    }

    /** Parses the packets at the buffer's position, which advances. */
    static List<KeyPacket> read(ByteBuffer in) throws MalformedLowerException {
        return readPlaced(in).stream().map(Placed::packet).toList();
    }

    /** The same with the places of the packets, which are offsets in the buffer. The buffer's position is then where the set ends. */
    static List<Placed> readPlaced(ByteBuffer in) throws MalformedLowerException {
        List<Placed> packets = new ArrayList<>();
        while (in.hasRemaining()) {
            int at = in.position();
            switch (Byte.toUnsignedInt(in.get())) {
                case TAG_1 ->
                    packets.add(new Placed(moduleKey(in, "the TAG 1 packet at byte " + at), at, in.position()));
                case TAG_3 -> packets.add(new Placed(passphraseKey(in, at), at, in.position()));
                case TAG_11 ->
                    throw new MalformedLowerException(
                            "the TAG 11 packet at byte " + at + " does not follow a TAG 3 packet");
                default -> {
                    in.position(at);
                    return List.copyOf(packets);
                }
            }
        }
        return List.copyOf(packets);
    }

    /** The first byte of a key module's packet, or of a passphrase's. */
    static byte tag(boolean module) {
        return (byte) (module ? TAG_1 : TAG_3);
    }

    /** The bytes of a packet, or of a pair, as the kernel writes them. */
    static byte[] write(KeyPacket packet) {
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
        byte[] key = packet.encryptedKey().bytes();
        if (packet instanceof KeyPacket.PassphrasePacket passphrase) {
            out.put((byte) TAG_3);
            HeaderPacketLength.write(out, TAG_3_FIXED + key.length);
            out.put((byte) TAG_3_VERSION)
                    .put((byte) passphrase.cipher().code())
                    .put((byte) S2K_SALTED_ITERATED)
                    .put((byte) HASH_MD5)
                    .put(passphrase.salt().bytes())
                    .put(ITERATIONS)
                    .put(key);
            out.put((byte) TAG_11)
                    .put((byte) TAG_11_BODY)
                    .put((byte) 'b')
                    .put((byte) CONSOLE.length)
                    .put(CONSOLE)
                    .putInt(0);
            out.put(packet.signature().bytes());
        } else {
            out.put((byte) TAG_1);
            HeaderPacketLength.write(out, TAG_1_FIXED + key.length);
            out.put((byte) TAG_1_VERSION)
                    .put(packet.signature().bytes())
                    .put(RSA)
                    .put(key);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static KeyPacket moduleKey(ByteBuffer in, String packet) throws MalformedLowerException {
        int body = HeaderPacketLength.read(in, packet);
        require(body >= TAG_1_FIXED, packet, "has " + body + " bytes, fewer than " + TAG_1_FIXED);
        int version = in.get();
        require(version == TAG_1_VERSION, packet, "has version " + version + ", not " + TAG_1_VERSION);
        Signature signature = signature(in);
        in.get();
        int key = body - TAG_1_FIXED;
        require(key <= MAX_MODULE_KEY, packet, "has a key of " + key + " bytes, more than " + MAX_MODULE_KEY);
        return new KeyPacket.ModulePacket(signature, EncryptedBytes.read(in, key));
    }

    private static KeyPacket passphraseKey(ByteBuffer in, int at) throws MalformedLowerException {
        String packet = "the TAG 3 packet at byte " + at;
        int body = HeaderPacketLength.read(in, packet);
        require(body > TAG_3_FIXED, packet, "has " + body + " bytes, too few for a key");
        int version = in.get();
        require(version == TAG_3_VERSION, packet, "has version " + version + ", not " + TAG_3_VERSION);
        int code = Byte.toUnsignedInt(in.get());
        int s2k = in.get();
        require(s2k == S2K_SALTED_ITERATED, packet, "has the string-to-key form " + s2k + ", not 3");
        int hash = in.get();
        require(hash == HASH_MD5, packet, "has the hash id " + hash + ", not 1");
        byte[] salt = new byte[Salt.BYTES];
        in.get(salt);
        in.get();
        int length = body - TAG_3_FIXED;
        require(
                length <= MAX_PASSPHRASE_KEY,
                packet,
                "has a key of " + length + " bytes, more than " + MAX_PASSPHRASE_KEY);
        CipherSpec cipher = CipherSpec.of(code, code == CODE_AES_192 ? AES_192_BYTES : length, packet);
        require(
                length % cipher.cipher().blockBytes() == 0 && length >= cipher.keyBytes(),
                packet,
                "has an encrypted key of " + length + " bytes, which is not possible for "
                        + cipher.cipher().kernelName());
        EncryptedBytes key = EncryptedBytes.read(in, length);
        return new KeyPacket.PassphrasePacket(signatureOfPassphrase(in, at), cipher, Salt.of(salt), key);
    }

    private static Signature signatureOfPassphrase(ByteBuffer in, int before) throws MalformedLowerException {
        int at = in.position();
        String packet = "the TAG 11 packet at byte " + at;
        if (!in.hasRemaining() || Byte.toUnsignedInt(in.get()) != TAG_11) {
            throw new MalformedLowerException(
                    "the TAG 3 packet at byte " + before + " is not followed by a TAG 11 packet");
        }
        int body = HeaderPacketLength.read(in, packet);
        require(body == TAG_11_BODY, packet, "has " + body + " bytes, not " + TAG_11_BODY);
        int form = in.get();
        int nameBytes = in.get();
        require(form == 'b' && nameBytes == 8, packet, "is not literal data with a name of 8 bytes");
        in.position(in.position() + TAG_11_BEFORE_SIGNATURE - 2);
        return signature(in);
    }

    private static Signature signature(ByteBuffer in) {
        byte[] bytes = new byte[Signature.BYTES];
        in.get(bytes);
        return Signature.ofFirstBytes(bytes);
    }

    private static void require(boolean condition, String packet, String problem) throws MalformedLowerException {
        if (!condition) {
            throw new MalformedLowerException(packet + " " + problem);
        }
    }
}
