package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Locale;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.LowercaseHex;

/**
 * The name of a key in TSS key storage: the 16 bytes of a TSS_UUID in memory order, written as plain hex (docs/spec/auth-tok.md,
 * section 5).
 *
 * @param hex exactly 32 of {@code 0-9a-f}
 */
record KeyUuid(String hex) {
    static final int BYTES = 16;

    private static final int HEX_DIGITS = 2 * BYTES;

    /** TSS_UUID_SRK: the storage root key. */
    static final KeyUuid SRK = new KeyUuid("00000000000000000000000000000001");

    /** @throws IllegalArgumentException if it is not 32 lowercase hex digits */
    KeyUuid {
        if (!LowercaseHex.is(hex, HEX_DIGITS)) {
            throw new IllegalArgumentException("a key UUID is 32 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    /** The UUID of exactly 16 bytes. */
    static KeyUuid of(byte[] bytes) {
        return new KeyUuid(HexFormat.of().formatHex(bytes));
    }

    /**
     * Parses a UUID given by a mount option or a user, in upper or lower case.
     *
     * @throws KeyModuleException BAD_PARAMETER unless it is 32 hex digits
     */
    static KeyUuid parse(String parameter, String text) throws KeyModuleException {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!LowercaseHex.is(lower, HEX_DIGITS)) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    parameter + "=" + text + " is not a key UUID, which is 32 hex digits without dashes",
                    "Give the UUID that ecryptfs-generate-tpm-key printed.");
        }
        return new KeyUuid(lower);
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    KeyBlob blob() {
        return KeyBlob.takeBytes(bytes());
    }

    /** The first of the two words in which the C calling convention passes the struct. */
    long word0() {
        return words().getLong(0);
    }

    /** The second of these two words. */
    long word1() {
        return words().getLong(Long.BYTES);
    }

    private ByteBuffer words() {
        return ByteBuffer.wrap(bytes()).order(ByteOrder.nativeOrder());
    }

    @Override
    public String toString() {
        return hex;
    }
}
