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

    /** The same for options by name. */
    static final class BlankingValues {
        public static void main(String[] arguments) throws IOException {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.ISO_8859_1);
            out.println(CommandLineMemory.read().blankValues("passwd"::equals));
            out.println(CommandLineMemory.read().blankValues("salt"::equals));
            out.print(Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void valuesOfSecretOptionsAreOverwrittenEverywhere() throws Exception {
        String printed = printedBy(
                BlankingValues.class,
                "--key",
                "passphrase:passwd=a:b=c,d",
                "-o",
                "key=passphrase:passwd=secret,cipher=aes",
                "--key=m:passwd=s",
                "passwd=",
                "passwd_file=kept,other=passwd",
                "last,passwd=x y");

        assertThat(printed)
                .startsWith("true\nfalse\n")
                .endsWith(
                        "--key\0passphrase:passwd=xxxxxxx\0-o\0key=passphrase:passwd=xxxxxxxxxxxxxxxxx\0--key=m:passwd=x\0"
                                + "passwd=\0passwd_file=kept,other=passwd\0last,passwd=xxx\0");
    }

    @Test
    void theLastArgumentsAreReadAsBytesAndOverwritten() throws Exception {
        String printed = printedBy(Blanking.class, "kept", "first secret", "second");

        assertThat(printed).startsWith("second\nfirst secret\n").endsWith("kept\0xxxxxxxxxxxx\0xxxxxx\0");
    }

    @Test
    void anArgumentThatIsNotThereIsEmpty() throws Exception {
        assertThat(CommandLineMemory.read().argument(100_000)).isEmpty();
    }

    private static String printedBy(Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
