package org.ecryptfsj.keymodule;

/**
 * The form of signatures, UUIDs and salts: lowercase hex digits. It is checked in every request, where a regular expression
 * would take most of the time until the JVM has compiled it.
 */
public final class LowercaseHex {
    private LowercaseHex() {}

    /**
     * Whether a text has the given number of characters, each one of {@code 0-9a-f}.
     *
     * @param text any text
     * @param digits the number of digits
     * @return whether it has that form
     */
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
