package org.ecryptfsj.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Text that keeps every byte, so that arguments and file names that are not valid in the locale's encoding can be used: a byte
 * that cannot be decoded becomes the lone surrogate U+DC00 plus the byte, and encoding restores it. Java's paths keep such
 * bytes too, but only URIs convert them.
 */
public final class ByteText {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final Path WORKING_DIRECTORY = Path.of("/proc/self/cwd");
    private static final Path ROOT = Path.of("/");
    private static final char ESCAPE = '\uDC00';

    private ByteText() {}

    /** The encoding with which the JVM decodes arguments and file names. */
    private static Charset localeCharset() {
        return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    }

    /** Decodes bytes in the locale's encoding. */
    public static String decode(byte[] bytes) {
        return decode(bytes, localeCharset());
    }

    /** Decodes bytes in an encoding. */
    public static String decode(byte[] bytes, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(Math.max(16, 2 * bytes.length));
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isError()) {
                break;
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + Byte.toUnsignedInt(in.get())));
            }
            decoder.reset();
        }
        return out.flip().toString();
    }

    /** Restores the bytes that {@link #decode(byte[])} decoded. */
    public static byte[] encode(String text) {
        return encode(text, localeCharset());
    }

    /** Restores the bytes that {@link #decode(byte[], Charset)} decoded. */
    public static byte[] encode(String text, Charset charset) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                bytes.writeBytes(text.substring(from, i).getBytes(charset));
                bytes.write(text.charAt(i) - ESCAPE);
                from = i + 1;
            }
        }
        bytes.writeBytes(text.substring(from).getBytes(charset));
        return bytes.toByteArray();
    }

    private static boolean isEscape(String text, int at) {
        int value = text.charAt(at) - ESCAPE;
        return value >= 0 && value <= 0xFF && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    private static boolean hasEscape(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The arguments of this process, byte for byte.
     *
     * @param given the arguments of main; returned as they are if /proc is not mounted, or shows other arguments
     */
    public static List<String> arguments(String... given) {
        byte[] shown;
        try {
            shown = Files.readAllBytes(COMMAND_LINE);
        } catch (IOException noProc) {
            return List.of(given);
        }
        List<String> arguments = new ArrayList<>();
        int end = shown.length;
        for (int i = given.length - 1; i >= 0; i--) {
            int start = end - 1;
            while (start > 0 && shown[start - 1] != 0) {
                start--;
            }
            if (start < 0 || !given[i].equals(new String(shown, start, end - 1 - start, localeCharset()))) {
                return List.of(given);
            }
            arguments.add(0, decode(Arrays.copyOfRange(shown, start, end - 1)));
            end = start;
        }
        return List.copyOf(arguments);
    }

    /**
     * The path of a text from {@link #decode(byte[])}. It is absolute if the JVM cannot represent the working directory's name.
     *
     * @throws InvalidPathException if it has characters that the locale's encoding lacks, or a zero byte
     */
    public static Path path(String text) {
        Path path = hasEscape(text) ? path(encode(text)) : Path.of(text);
        return path.isAbsolute() ? path : withRealWorkingDirectory(path);
    }

    /** The JVM resolves relative paths against the working directory's name as text, which may not be its real name. */
    private static Path withRealWorkingDirectory(Path relative) {
        try {
            Path directory = Files.readSymbolicLink(WORKING_DIRECTORY);
            return isJvmsDirectory(directory) ? relative : directory.resolve(relative);
        } catch (IOException noProc) {
            return relative;
        }
    }

    private static boolean isJvmsDirectory(Path directory) {
        try {
            return directory.equals(Path.of(System.getProperty("user.dir")));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The path of these bytes, on Unix. It may be relative.
     *
     * @throws InvalidPathException if they contain a zero byte
     */
    public static Path path(byte[] bytes) {
        StringBuilder uri = new StringBuilder("file:///");
        for (byte b : bytes) {
            uri.append('%').append(HexFormat.of().toHexDigits(b));
        }
        Path absolute;
        try {
            absolute = Path.of(URI.create(uri.toString()));
        } catch (IllegalArgumentException e) {
            throw new InvalidPathException(decode(bytes), "it contains a zero byte");
        }
        return bytes[0] == '/' ? absolute : absolute.subpath(0, absolute.getNameCount());
    }

    /** The text of a path. */
    public static String of(Path path) {
        return decode(bytes(path));
    }

    /** A path for messages: what is no text is replaced, and control characters are escaped, so that it is one line. */
    public static String printable(Path path) {
        return FileName.printable(bytes(path));
    }

    /** The bytes of a path. */
    public static byte[] bytes(Path path) {
        String uri = ROOT.resolve(path).toUri().getRawPath();
        // A directory's URI ends with a slash, which is not part of its name.
        int end = uri.length() > 1 && uri.endsWith("/") ? uri.length() - 1 : uri.length();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(end);
        int at = path.isAbsolute() ? 0 : 1;
        while (at < end) {
            boolean escaped = uri.charAt(at) == '%';
            bytes.write(escaped ? HexFormat.fromHexDigits(uri, at + 1, at + 3) : uri.charAt(at));
            at += escaped ? 3 : 1;
        }
        return bytes.toByteArray();
    }

    /** A path or other text as C functions take it: its bytes, then a zero byte. */
    static byte[] terminated(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** A name or other text as C functions take it: {@linkplain #encode(String) its bytes}, then a zero byte. */
    static byte[] terminated(String text) {
        return terminated(encode(text));
    }

    /**
     * The same command in a form that ProcessBuilder can start: it passes valid text only, so other arguments are passed through
     * a shell.
     *
     * @param command texts from {@link #decode(byte[])}
     */
    public static List<String> command(List<String> command) {
        if (command.stream().noneMatch(ByteText::hasEscape)) {
            return command;
        }
        StringBuilder script = new StringBuilder("set --\n");
        for (String argument : command) {
            script.append("a=$(printf '");
            for (byte b : encode(argument)) {
                script.append(String.format(Locale.ROOT, "\\%03o", b));
            }
            // A shell's command substitution removes trailing newlines.
            script.append(".'); set -- \"$@\" \"${a%.}\"\n");
        }
        return List.of("/bin/sh", "-c", script + "exec \"$@\"");
    }
}
