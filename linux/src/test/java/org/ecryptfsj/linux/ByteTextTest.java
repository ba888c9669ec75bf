package org.ecryptfsj.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteTextTest {
    private static final byte[] LATIN = "caf\u00e9 \u00ff".getBytes(ISO_8859_1);

    @TempDir
    private Path directory;

    @Test
    void anyBytesComeBackInAnyEncoding() {
        Random random = new Random(7);
        for (Charset charset : List.of(UTF_8, US_ASCII, ISO_8859_1, Charset.forName("EUC-JP"))) {
            for (int i = 0; i < 2000; i++) {
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                assertThat(ByteText.encode(ByteText.decode(bytes, charset), charset))
                        .isEqualTo(bytes);
            }
        }
    }

    @Test
    void validTextIsUnchanged() {
        String text = "gr\u00fc\u00dfe \ud83d\ude00";

        assertThat(ByteText.decode(text.getBytes(UTF_8), UTF_8)).isEqualTo(text);
        assertThat(ByteText.encode(text, UTF_8)).isEqualTo(text.getBytes(UTF_8));
        assertThat(ByteText.decode(LATIN, UTF_8)).isEqualTo("caf\uDCE9 \uDCFF");
    }

    @Test
    void aPathOfAnyBytesIsThatFile() throws Exception {
        String name = directory.resolve("plain") + "/" + ByteText.decode(LATIN, UTF_8);
        Files.createDirectory(directory.resolve("plain"));

        Path path = ByteText.path(name);
        Files.writeString(path, "found");

        assertThat(ByteText.of(path)).isEqualTo(name);
        Process cat = new ProcessBuilder(ByteText.command(List.of("cat", "--", name))).start();
        assertThat(new String(cat.getInputStream().readAllBytes(), UTF_8)).isEqualTo("found");
        assertThat(ByteText.of(ByteText.path("caf\uDCE9/../x"))).isEqualTo("caf\uDCE9/../x");
        assertThat(ByteText.of(directory)).isEqualTo(directory.toString());
    }

    @Test
    void aCommandsArgumentsKeepEachByte() throws Exception {
        List<String> command = List.of("printf", "%s|", "a\uDCFF\n", "", "%s \\n $(id) ' \"");

        Process printf = new ProcessBuilder(ByteText.command(command)).start();

        assertThat(new String(printf.getInputStream().readAllBytes(), ISO_8859_1))
                .isEqualTo("a\u00ff\n||%s \\n $(id) ' \"|");
        assertThat(ByteText.command(List.of("cat", "x"))).containsExactly("cat", "x");
    }

    @Test
    void aPathWithAZeroByteIsRefused() {
        assertThatThrownBy(() -> ByteText.path("a\0\uDCE9")).isInstanceOf(InvalidPathException.class);
    }

    /** A program of its own, since arguments are a process's. */
    static final class Showing {
        public static void main(String[] arguments) throws Exception {
            for (String argument : ByteText.arguments(arguments)) {
                System.out.write(ByteText.encode(argument));
                System.out.write('|');
                System.out.println(Files.exists(ByteText.path(argument)));
            }
        }
    }

    @Test
    void argumentsAreTheOriginalBytesInAnyLocale() throws Exception {
        String inside = directory + "/" + ByteText.decode(LATIN, UTF_8);
        Files.createDirectories(ByteText.path(inside));
        Files.createFile(ByteText.path(inside + "/file"));
        for (String locale : List.of("C.UTF-8", "C", "xx_YY.UTF-8", "en_US.ISO-8859-1")) {
            List<String> command = new ArrayList<>(List.of(
                    "env",
                    "-C",
                    inside,
                    "LC_ALL=" + locale,
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Showing.class.getName()));
            command.addAll(List.of("plain", inside, "file", ""));
            Process process = new ProcessBuilder(ByteText.command(command))
                    .redirectErrorStream(true)
                    .start();
            String printed = new String(process.getInputStream().readAllBytes(), ISO_8859_1);

            assertThat(printed)
                    .as(locale)
                    .isEqualTo("plain|false\n" + directory + "/" + new String(LATIN, ISO_8859_1)
                            + "|true\nfile|true\n|true\n");
        }
    }
}
