package org.ecryptfsj.keymodule.tspi.envelope;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of a KEK: 16 random bytes, chosen with it and kept when it is sealed anew.
 *
 * @param hex exactly 32 of {@code 0-9a-f}
 */
public record KekId(String hex) {
    /** Bytes in an id. */
    static final int BYTES = 16;

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

    /** @throws IllegalArgumentException if it is not 32 lowercase hex digits */
    public KekId {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("a KEK's id is 32 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    static KekId of(byte[] bytes) {
        return new KekId(HexFormat.of().formatHex(bytes));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
