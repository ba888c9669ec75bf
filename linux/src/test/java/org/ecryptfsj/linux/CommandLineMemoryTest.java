package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineMemoryTest {
    /** A program of its own, because a test run's command line is not ours to overwrite. */
    static final class Blanking {
        public static void main(String[] arguments) throws IOException {
            CommandLineMemory memory = CommandLineMemory.read();
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.ISO_8859_1);
            out.println(new String(memory.argument(0), StandardCharsets.ISO_8859_1));
            out.println(new String(memory.argument(1), StandardCharsets.ISO_8859_1));
            memory.blankLast(2);
            out.print(Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void theLastArgumentsAreReadAsBytesAndThenNoLongerShown() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Blanking.class.getName(),
                "kept",
                "first secret",
                "second"));

        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(printed).startsWith("second\nfirst secret\n").endsWith("kept\0xxxxxxxxxxxx\0xxxxxx\0");
    }

    @Test
    void anArgumentThatIsNotThereIsEmpty() throws Exception {
        assertThat(CommandLineMemory.read().argument(100_000)).isEmpty();
    }
}
