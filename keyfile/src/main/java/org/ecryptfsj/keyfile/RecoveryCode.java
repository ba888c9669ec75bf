package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/**
 * A recovery code: 128 random bits as 8 groups of 5 characters, each with a check of its own, so that a typing error is located
 * (docs/spec/key-file.md, section 6). Frozen.
 */
final class RecoveryCode {
    /** Bytes of random data in a code. */
    static final int BYTES = 16;

    static final int GROUPS = 8;
    static final int GROUP_CHARACTERS = 5;

    private static final int CHARACTERS = GROUPS * GROUP_CHARACTERS;
    private static final int BITS_OF_CHARACTER = 5;
    private static final int CHARACTER_MASK = 31;
    private static final int BITS_OF_GROUP = 25;
    private static final int DATA_BITS = 16;
    private static final int CHECK_BITS = 9;

    /** x^9 + x^4 + 1: irreducible, so that it divides neither a single wrong character nor two exchanged ones. */
    private static final int POLYNOMIAL = 0b10_0001_0001;

    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final String SEPARATORS = " -\t\r\n";
    private static final byte SHOWN_SEPARATOR = '-';

    private RecoveryCode() {}

    /**
     * Writes a code.
     *
     * @param random {@link #BYTES} bytes
     * @return 47 ASCII characters, groups separated by dashes; closed by the caller
     */
    static Secret encode(Secret random) {
        Secret code = Secret.allocate(CHARACTERS + GROUPS - 1);
        ByteBuffer out = code.buffer();
        ByteBuffer in = random.buffer();
        for (int position = 0; position < GROUPS; position++) {
            if (position > 0) {
                out.put(SHOWN_SEPARATOR);
            }
            int bits = withCheck(in.getShort() & 0xffff, position);
            for (int shift = BITS_OF_GROUP - BITS_OF_CHARACTER; shift >= 0; shift -= BITS_OF_CHARACTER) {
                out.put((byte) ALPHABET.charAt(bits >>> shift & CHARACTER_MASK));
            }
        }
        return code;
    }

    /**
     * Reads what a person has typed: in upper or lower case, with blanks and dashes anywhere, O for 0, I and L for 1.
     *
     * @return {@link #BYTES} bytes, closed by the caller
     * @throws ProtectorException WRONG_SECRET naming the first wrong group
     */
    static Secret decode(Secret typed) throws ProtectorException {
        Secret random = Secret.allocate(BYTES);
        boolean complete = false;
        try {
            decode(typed.buffer(), random.buffer());
            complete = true;
        } finally {
            if (!complete) {
                random.close();
            }
        }
        return random;
    }

    private static void decode(ByteBuffer typed, ByteBuffer out) throws ProtectorException {
        int count = 0;
        int bits = 0;
        while (typed.hasRemaining()) {
            int character = typed.get() & 0xff;
            if (SEPARATORS.indexOf(character) >= 0) {
                continue;
            }
            if (count == CHARACTERS) {
                throw wrong("the recovery code has more than " + CHARACTERS + " characters");
            }
            int group = count / GROUP_CHARACTERS;
            bits = bits << BITS_OF_CHARACTER | value(character, group);
            count++;
            if (count % GROUP_CHARACTERS == 0) {
                out.putShort((short) checked(bits, group));
                bits = 0;
            }
        }
        if (count < CHARACTERS) {
            throw wrong("the recovery code has " + count + " characters, not " + CHARACTERS + ": it ends in group "
                    + (count / GROUP_CHARACTERS + 1));
        }
    }

    private static int value(int character, int group) throws ProtectorException {
        int upper = character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character;
        int folded = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
        int value = ALPHABET.indexOf(folded);
        if (value < 0) {
            throw wrong("group " + (group + 1) + " of the recovery code has a character that no code has");
        }
        return value;
    }

    private static int checked(int bits, int group) throws ProtectorException {
        int value = bits >>> CHECK_BITS;
        if (withCheck(value, group) != bits) {
            throw wrong("group " + (group + 1) + " of the recovery code is mistyped");
        }
        return value;
    }

    /** The 16 data bits and the remainder of position, data and nine zero bits. */
    private static int withCheck(int value, int position) {
        int remainder = ((position + 1) << DATA_BITS | value) << CHECK_BITS;
        for (int bit = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(remainder);
                bit >= CHECK_BITS;
                bit = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(remainder)) {
            remainder ^= POLYNOMIAL << (bit - CHECK_BITS);
        }
        return value << CHECK_BITS | remainder;
    }

    private static ProtectorException wrong(String message) {
        return new ProtectorException(
                Reason.WRONG_SECRET,
                message,
                "type the " + GROUPS + " groups of " + GROUP_CHARACTERS + " characters as they were printed");
    }

    /** The characters of a code, in the order of their values. */
    static byte[] alphabet() {
        return ALPHABET.getBytes(StandardCharsets.US_ASCII);
    }
}
