package org.ecryptfsj.lower;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;

/**
 * File names as the bytes that they are, whatever the locale makes of them. Java's paths keep bytes, but only their URIs show
 * them; so URIs are the way in and out.
 */
public final class RawName {
    private static final Path ROOT = Path.of("/");
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private RawName() {}

    /** The bytes of a path's last name. */
    public static byte[] bytes(Path path) {
        return unescape(escaped(ROOT.resolve(path.getFileName())), 1);
    }

    /** The bytes of the whole of a path, such as a symlink's target. */
    public static byte[] bytesOfAll(Path path) {
        return unescape(escaped(ROOT.resolve(path)), path.isAbsolute() ? 0 : 1);
    }

    /** The path of these bytes. */
    public static Path path(byte[] bytes) {
        StringBuilder uri = new StringBuilder("file:///");
        for (byte b : bytes) {
            uri.append('%').append(HEX.toHexDigits(b));
        }
        Path absolute = Path.of(URI.create(uri.toString()));
        return bytes.length > 0 && bytes[0] == '/' ? absolute : absolute.subpath(0, absolute.getNameCount());
    }

    /** For people and JSON: what is not UTF-8 is shown as a question mark in a box, control characters as escapes. */
    public static String shown(byte[] bytes) {
        StringBuilder shown = new StringBuilder();
        new String(bytes, StandardCharsets.UTF_8).codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append(String.format(Locale.ROOT, "\\x%02x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    /** The same for a path. */
    public static String shown(Path path) {
        return shown(bytesOfAll(path));
    }

    /** A directory's URI ends with a slash, which is none of its name. */
    private static String escaped(Path absolute) {
        String escaped = absolute.toUri().getRawPath();
        return escaped.length() > 1 && escaped.endsWith("/") ? escaped.substring(0, escaped.length() - 1) : escaped;
    }

    private static byte[] unescape(String escaped, int from) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
        int at = from;
        while (at < escaped.length()) {
            if (escaped.charAt(at) == '%') {
                bytes.write(HexFormat.fromHexDigits(escaped, at + 1, at + 3));
                at += 3;
            } else {
                bytes.write(escaped.charAt(at));
                at++;
            }
        }
        return bytes.toByteArray();
    }
}
