package org.ecryptfsj.tree;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.linux.FileName;

/**
 * The names that a file system can have, and the substitutes of others. A byte that a name cannot have becomes {@code %HH}, its
 * value in hexadecimal digits, as in a URL.
 *
 * @param windows whether the rules of Windows apply: the characters {@code < > : " / \ | ? *} and control characters, a dot or a
 *     blank at the end, and names of devices such as {@code CON} and {@code NUL.txt} are not possible
 * @param utf8 whether names are UTF-8
 * @param ignoresCase whether names that differ only in the case of letters, or in how accents are composed, are the same name
 */
public record NameRules(boolean windows, boolean utf8, boolean ignoresCase) {
    /** Linux: any bytes. */
    public static final NameRules ANY_BYTES = new NameRules(false, false, false);

    private static final String RESERVED_ON_WINDOWS = "<>:\"/\\|?*";
    private static final Set<String> DEVICES = Set.of("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$");
    private static final String NUMBERED_DEVICES = "(COM|LPT)[0-9\u00b9\u00b2\u00b3]";

    /** Whether a name can be used as it is; its case may make it equal to another. */
    public boolean allows(FileName name) {
        return allowed(name).equals(name);
    }

    /** The name, or its substitute if the file system cannot have it. */
    public FileName allowed(FileName name) {
        if (!windows && !utf8) {
            return name;
        }
        StringBuilder allowed = new StringBuilder();
        byte[] bytes = name.bytes();
        int at = 0;
        while (at < bytes.length) {
            int length = sequenceLength(bytes, at);
            Optional<String> character = text(bytes, at, length);
            boolean last = at + length == bytes.length;
            if (character.isPresent() && !(windows && isReserved(character.get(), last))) {
                allowed.append(character.get());
            } else {
                length = character.isPresent() ? length : 1;
                for (int i = at; i < at + length; i++) {
                    allowed.append(escape(bytes[i]));
                }
            }
            at += length;
        }
        String text = allowed.toString();
        return FileName.of(windows && isDevice(text) ? escape((byte) text.charAt(0)) + text.substring(1) : text);
    }

    /** A name that is equal for all names that the file system takes as the same. */
    public FileName identity(FileName name) {
        if (!ignoresCase) {
            return name;
        }
        byte[] bytes = name.bytes();
        return text(bytes, 0, bytes.length)
                .map(text -> Normalizer.normalize(text, Normalizer.Form.NFC)
                        .toUpperCase(Locale.ROOT)
                        .toLowerCase(Locale.ROOT))
                .map(FileName::of)
                .orElse(name);
    }

    /** A substitute for a name whose place another entry has: {@code ~N} before its last dot, or at its end. */
    public static FileName numbered(FileName name, int number) {
        byte[] bytes = name.bytes();
        int dot = bytes.length - 1;
        while (dot > 0 && bytes[dot] != '.') {
            dot--;
        }
        int end = dot > 0 ? dot : bytes.length;
        byte[] suffix = ("~" + number).getBytes(StandardCharsets.US_ASCII);
        return FileName.of(ByteBuffer.allocate(bytes.length + suffix.length)
                .put(bytes, 0, end)
                .put(suffix)
                .put(bytes, end, bytes.length - end)
                .array());
    }

    private static boolean isReserved(String character, boolean last) {
        char c = character.charAt(0);
        return c < ' ' || RESERVED_ON_WINDOWS.indexOf(c) >= 0 || (last && (c == '.' || c == ' '));
    }

    /** The name of a device, also with an extension. */
    private static boolean isDevice(String name) {
        int dot = name.indexOf('.');
        String base = (dot < 0 ? name : name.substring(0, dot)).stripTrailing().toUpperCase(Locale.ROOT);
        return DEVICES.contains(base) || base.matches(NUMBERED_DEVICES);
    }

    private static String escape(byte value) {
        return "%" + HexFormat.of().withUpperCase().toHexDigits(value);
    }

    /** The bytes of the UTF-8 character that begins with this byte, as far as the byte tells. */
    private static int sequenceLength(byte[] bytes, int at) {
        int first = Byte.toUnsignedInt(bytes[at]);
        int length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        return Math.min(length, bytes.length - at);
    }

    /** Empty if the bytes are not UTF-8. */
    private static Optional<String> text(byte[] bytes, int at, int length) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, at, length))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
