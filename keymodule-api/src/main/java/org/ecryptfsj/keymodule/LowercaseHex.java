package org.ecryptfsj.keymodule;

/**
 * The form in which keys are named: signatures, UUIDs, salts. Checked on the path of every request, where a regular
 * expression would be the greater part of the work until the JVM has compiled it.
 */
public final class LowercaseHex {
    private LowercaseHex() {}

    /** Whether a text is that many of {@code 0-9a-f} and nothing else. */
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
