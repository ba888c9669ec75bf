package org.ecryptfsj.keymodule;

/**
 * Lowercase hex digits, the text form of signatures, UUIDs and salts. It is checked in every request, so without a regular
 * expression, which is slow until the JVM has compiled it.
 */
public final class LowercaseHex {
    private LowercaseHex() {}

    /** Whether a text has exactly that many characters, all of {@code 0-9a-f}. */
    public static boolean is(String text, int digits) {
        if (text.length() != digits) {
            return false;
        }
        for (int i = 0; i < digits; i++) {
            char digit = text.charAt(i);
            if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f')) {
                return false;
            }
        }
        return true;
    }
}
