package org.ecryptfsj.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of an entry of a directory, as the bytes that the file system holds, independent of the locale: not empty, without
 * slash and zero byte, and neither {@code .} nor {@code ..}. So one name never leads out of its directory.
 */
public final class FileName implements Comparable<FileName> {
    private final byte[] terminated;

    private FileName(byte[] terminated) {
        this.terminated = terminated;
    }

    /**
     * The name of these bytes.
     *
     * @throws IllegalArgumentException if they are not a name, see {@link #isName}
     */
    public static FileName of(byte[] bytes) {
        if (!isName(bytes)) {
            throw new IllegalArgumentException(
                    "a file name has at least one byte, no slash and no zero byte, and is neither . nor ..");
        }
        return new FileName(Arrays.copyOf(bytes, bytes.length + 1));
    }

    /** The name of a text, in UTF-8. */
    public static FileName of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether these bytes can be a name. */
    public static boolean isName(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '/' || b == 0) {
                return false;
            }
        }
        boolean oneDot = bytes.length == 1 && bytes[0] == '.';
        boolean twoDots = bytes.length == 2 && bytes[0] == '.' && bytes[1] == '.';
        return bytes.length > 0 && !oneDot && !twoDots;
    }

    /** A copy of its bytes. */
    public byte[] bytes() {
        return Arrays.copyOf(terminated, terminated.length - 1);
    }

    /** How many bytes it has. */
    public int length() {
        return terminated.length - 1;
    }

    /** The bytes and a terminating zero byte; not to be changed. */
    byte[] terminated() {
        return terminated;
    }

    /** The order of the bytes as unsigned numbers. */
    @Override
    public int compareTo(FileName other) {
        return Arrays.compareUnsigned(terminated, other.terminated);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileName that && Arrays.equals(terminated, that.terminated);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(terminated);
    }

    /** Printable text: control characters as {@code \xHH}, bytes that are not UTF-8 as a replacement character. */
    @Override
    public String toString() {
        return printable(bytes());
    }

    /** The bytes of a name or path as printable text, in the form of {@link #toString}. */
    public static String printable(byte[] bytes) {
        StringBuilder shown = new StringBuilder();
        new String(bytes, StandardCharsets.UTF_8).codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }
}
