package org.ecryptfsj.lower;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Encodes bytes as characters of file names: four for three bytes, six bits each, most significant first (docs/spec/file-format.md,
 * section 5). Frozen: it is on disks.
 */
final class NameEncoding {
    private static final byte[] CHARACTERS =
            "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] VALUES = values();

    private NameEncoding() {}

    private static byte[] values() {
        byte[] values = new byte[256];
        Arrays.fill(values, (byte) -1);
        for (int i = 0; i < CHARACTERS.length; i++) {
            values[CHARACTERS[i]] = (byte) i;
        }
        return values;
    }

    /** Encodes bytes, padded with zeros to a multiple of three. */
    static byte[] encode(byte[] bytes) {
        byte[] padded = Arrays.copyOf(bytes, (bytes.length + 2) / 3 * 3);
        byte[] text = new byte[padded.length / 3 * 4];
        for (int in = 0, out = 0; in < padded.length; in += 3, out += 4) {
            int bits = Byte.toUnsignedInt(padded[in]) << 16
                    | Byte.toUnsignedInt(padded[in + 1]) << 8
                    | Byte.toUnsignedInt(padded[in + 2]);
            for (int i = 0; i < 4; i++) {
                text[out + i] = CHARACTERS[bits >>> (18 - 6 * i) & 0x3f];
            }
        }
        return text;
    }

    /**
     * Decodes the characters from an index on.
     *
     * @throws MalformedLowerException if a character is not in the alphabet, or their number is not a multiple of four
     */
    static byte[] decode(byte[] text, int from) throws MalformedLowerException {
        int length = text.length - from;
        if (length % 4 != 0) {
            throw new MalformedLowerException("the encrypted name has " + length
                    + " characters after its prefix, not a multiple of 4: it was truncated or extended");
        }
        byte[] bytes = new byte[length / 4 * 3];
        for (int in = from, out = 0; in < text.length; in += 4, out += 3) {
            int bits = 0;
            for (int i = 0; i < 4; i++) {
                int value = VALUES[Byte.toUnsignedInt(text[in + i])];
                if (value < 0) {
                    throw new MalformedLowerException("the encrypted name has an invalid character at index " + (in + i)
                            + " (byte " + Byte.toUnsignedInt(text[in + i]) + ")");
                }
                bits = bits << 6 | value;
            }
            bytes[out] = (byte) (bits >>> 16);
            bytes[out + 1] = (byte) (bits >>> 8);
            bytes[out + 2] = (byte) bits;
        }
        return bytes;
    }
}
