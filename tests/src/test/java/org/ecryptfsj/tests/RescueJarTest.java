package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rescue jar as a program, without a native library, in the locale C and another encoding, beside the commands for Linux. */
@Tag("dist")
class RescueJarTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path DIST = ROOT.resolve("packaging/target/dist");
    private static final Path JAR = DIST.resolve("share/ecryptfsj/ecryptfsj-rescue.jar");
    private static final Path TWO = ROOT.resolve("tests/src/test/resources/two-wrapped");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin/java").toString();

    /** Runs a command on a terminal of its own, and types an answer once a prompt is there. */
    private static final String ON_A_TERMINAL =
            """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(sys.argv[2], sys.argv[2:])
            seen = b''
            typed = False
            while True:
                try:
                    more = os.read(terminal, 4096)
                except OSError:
                    break
                if not more:
                    break
                seen += more
                if not typed and b'assphrase' in seen and seen.endswith(b': '):
                    os.write(terminal, sys.argv[1].encode() + b'\\n')
                    typed = True
            sys.stdout.buffer.write(seen)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    /** Passphrase {@code test}, wrapped with {@code wrap} by ecryptfs-utils 111. */
    private static final String WRAPPED =
            "3a021a4945446de89c7d393230353332346264656432616334343bf0a36ee87b5a701af34a2654086adf";

    @TempDir
    Path directory;

    private Path passphrase;

    @BeforeEach
    void unpack() throws Exception {
        Path trees = ROOT.resolve("lower/src/test/resources/org/ecryptfsj/lower/lower-trees.tgz");
        assertThat(run("", Map.of(), List.of("tar", "xzf", trees.toString(), "-C", directory.toString()))
                        .code())
                .isZero();
        passphrase = Files.writeString(directory.resolve("passphrase"), "passphrase_passwd=test\n");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void nothingInTheJarIsNative() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> names = jar.stream().map(entry -> entry.getName()).toList();
            assertThat(names)
                    .noneMatch(name -> name.matches(".*\\.(so|dll|jnilib|dylib|a)(\\..*)?"))
                    .noneMatch(name -> name.startsWith("jnr/ffi/") || name.startsWith("com/kenai/"))
                    .contains("META-INF/LICENSE-ecryptfsj.txt", "META-INF/NOTICE-ecryptfsj.txt");
            assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("org.ecryptfsj.rescue.RescueLauncher");
        }
    }

    @Test
    void theVersionIsThatOfThePackage() throws Exception {
        String version = Files.readString(DIST.resolve("lib/version")).strip();

        assertThat(jar("", "--version").out()).isEqualTo("ecryptfsj-rescue (ecryptfsj) " + version + "\n");
        assertThat(jar("", "decrypt", "--version").out()).isEqualTo("ecryptfs-decrypt (ecryptfsj) " + version + "\n");
        assertThat(jar("", "--help").out()).contains("unwrap-passphrase");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void decryptWritesWhatTheCommandForLinuxWrites(String tree) throws Exception {
        Path lower = directory.resolve(tree);
        Ran ours = jar("", "decrypt", "--passphrase-file", passphrase, lower, directory.resolve("jar"));
        Ran linux = linux("", "decrypt", "--passphrase-file", passphrase, lower, directory.resolve("linux"));

        assertSame("decrypt", ours, linux);
        assertThat(content(directory.resolve("jar")))
                .hasSizeGreaterThan(8)
                .isEqualTo(content(directory.resolve("linux")));
    }

    @Test
    void aKeyFileIsOpenedByItsPassphraseAndByItsRecoveryCode() throws Exception {
        Path lower = directory.resolve("aes-32-names");
        Path keyFile = directory.resolve("tree.key");
        Ran made = linux(
                "correct horse battery\n",
                "key",
                "import",
                keyFile,
                "--mount-passphrase-file",
                passphrase,
                "--key-bytes",
                "32",
                "--passphrase",
                "--recovery");
        String code = made.out()
                .lines()
                .map(String::strip)
                .filter(line -> line.matches("([0-9A-Z]{5}-){7}[0-9A-Z]{5}"))
                .findFirst()
                .orElseThrow();
        jar("", "decrypt", "--passphrase-file", passphrase, lower, directory.resolve("expected"));

        for (String answer : List.of("correct horse battery", code)) {
            Path out = directory.resolve("by " + answer.length());
            Ran ran = jar(answer + "\n", "decrypt", "--keyfile", keyFile, lower, out);
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(content(out)).hasSizeGreaterThan(8).isEqualTo(content(directory.resolve("expected")));
        }
        assertThat(jar("wrong\n", "cat", "--keyfile", keyFile, lower).err())
                .contains("protector 1 (passphrase): the passphrase is wrong, or this protector was changed.")
                .contains("stays locked: none of 2 protectors gave the file key");
    }

    @Test
    void whatIsLeftOfDamagedFilesIsTheSame() throws Exception {
        Path lower = directory.resolve("aes-16-plain");
        try (FileChannel truncated = FileChannel.open(lower.resolve("f4097"), StandardOpenOption.WRITE);
                RandomAccessFile hole =
                        new RandomAccessFile(lower.resolve("f4096").toFile(), "rw")) {
            truncated.truncate(12300);
            hole.setLength(8192);
            hole.setLength(12288);
        }
        Files.delete(lower.resolve("f0"));
        Files.createFile(lower.resolve("f0"));

        assertSame("check", jar("", "check", lower), linux("", "check", lower));
        for (String option : List.of("--quiet", "--salvage")) {
            Path first = directory.resolve("jar" + option);
            Path second = directory.resolve("linux" + option);
            assertSame(
                    "decrypt",
                    jar("", "decrypt", "--passphrase-file", passphrase, option, lower, first),
                    linux("", "decrypt", "--passphrase-file", passphrase, option, lower, second));
            assertThat(content(first)).isEqualTo(content(second));
        }
        assertSame(
                "cat",
                jar("", "cat", "--salvage", "--passphrase-file", passphrase, lower.resolve("f4097")),
                linux("", "cat", "--salvage", "--passphrase-file", passphrase, lower.resolve("f4097")));
    }

    @Test
    void checkCatAndStatPrintTheSame() throws Exception {
        Path lower = directory.resolve("aes-16-plain");

        assertSame(
                "check",
                jar("", "check", "--read", "--json", "--passphrase-file", passphrase, lower),
                linux("", "check", "--read", "--json", "--passphrase-file", passphrase, lower));
        assertSame(
                "cat",
                jar("test\n", "cat", "--passphrase-stdin", lower.resolve("f15"), lower.resolve("grüße")),
                linux("test\n", "cat", "--passphrase-stdin", lower.resolve("f15"), lower.resolve("grüße")));
        assertSame(
                "stat",
                jar("", "stat", lower.resolve("f15"), passphrase, lower.resolve("missing"), lower),
                linux("", "stat", lower.resolve("f15"), passphrase, lower.resolve("missing"), lower));
    }

    @Test
    void aLoginPassphraseOpensAnOldHome() throws Exception {
        Path wrapped = Files.write(
                directory.resolve("wrapped-passphrase"), HexFormat.of().parseHex(WRAPPED));

        assertSame(
                "unwrap-passphrase",
                jar("wrap", "unwrap-passphrase", wrapped, "-"),
                linux("wrap", "unwrap-passphrase", wrapped, "-"));
        assertSame(
                "unwrap-passphrase",
                jar("wrong", "unwrap-passphrase", wrapped),
                linux("wrong", "unwrap-passphrase", wrapped));
        assertSame(
                "unwrap-passphrase",
                jar("wrong", "unwrap-passphrase", directory.resolve("missing")),
                linux("wrong", "unwrap-passphrase", directory.resolve("missing")));
        Path out = directory.resolve("out");
        Ran two = jar("login\n", "decrypt", "--wrapped", TWO.resolve("encrypted-keys"), TWO.resolve("lower"), out);
        assertThat(two.code()).as(two.err()).isZero();
        assertThat(out.resolve("f15")).hasContent("!(/6=DKRY`gnu|%");
    }

    /** Without a program stty, as on Windows, Java's console asks. */
    @ParameterizedTest
    @ValueSource(strings = {"/usr/bin:/bin", "/nonexistent"})
    void aPassphraseIsTypedAtATerminalWithoutEcho(String path) throws Exception {
        Ran ran = run(
                "",
                Map.of(),
                List.of(
                        "python3",
                        "-c",
                        ON_A_TERMINAL,
                        "test",
                        "/usr/bin/env",
                        "PATH=" + path,
                        JAVA,
                        "-jar",
                        JAR.toString(),
                        "cat",
                        directory.resolve("aes-16-plain/f15").toString()));

        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out())
                .startsWith("ecryptfs-cat: warning: secrets are kept in memory that is wiped")
                .contains("Passphrase of key d395309aaad4de06: \r\n")
                .endsWith("!(/6=DKRY`gnu|%")
                .doesNotContain("test");
    }

    /** Names that are no text in any locale are kept byte for byte. */
    @Test
    void namesThatAreNoTextAreKept() throws Exception {
        List<String> script =
                List.of("sh", "-c", "mkdir l; cp aes-16-plain/f15 \"l/$(printf 'gr\\374n')\"; cp aes-16-plain/f1 l/€");
        assertThat(run("", Map.of("PWD", directory.toString()), script).code()).isZero();
        Path lower = directory.resolve("l");

        Ran ours = jar("", "decrypt", "--passphrase-file", passphrase, lower, directory.resolve("jar"));
        linux("", "decrypt", "--passphrase-file", passphrase, lower, directory.resolve("linux"));

        assertThat(ours.code()).as(ours.err()).isZero();
        Ran difference = run("", Map.of(), List.of("diff", "-r", "-x", ".ecryptfs*", "jar", "linux"));
        assertThat(difference.code()).as(difference.out()).isZero();
    }

    private static void assertSame(String command, Ran ours, Ran linux) {
        String warning = "ecryptfs-" + command
                + ": warning: secrets are kept in memory that is wiped, but not locked: it can be swapped out\n";
        assertThat(ours.err().replaceFirst(warning, "").replace("/jar", "/linux"))
                .isEqualTo(linux.err());
        assertThat(ours.out()).isEqualTo(linux.out());
        assertThat(ours.code()).isEqualTo(linux.code());
    }

    /** Names with modes, times, contents and targets. Java sets times to the microsecond. */
    private static Map<String, List<Object>> content(Path top) throws IOException {
        Map<String, List<Object>> content = new TreeMap<>();
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.filter(p -> !p.getFileName().toString().startsWith(".ecryptfs-decrypt"))
                    .toList()) {
                Map<String, Object> attributes =
                        Files.readAttributes(path, "unix:mode,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
                List<Object> entry = new ArrayList<>();
                if (Files.isSymbolicLink(path)) {
                    entry.add(Files.readSymbolicLink(path));
                } else if (!path.equals(top)) {
                    entry.add(attributes.get("mode"));
                    entry.add(((FileTime) attributes.get("lastModifiedTime")).to(TimeUnit.MICROSECONDS));
                }
                if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    entry.add(HexFormat.of().formatHex(Files.readAllBytes(path)));
                }
                content.put(top.relativize(path).toString(), entry);
            }
        }
        return content;
    }

    private Ran jar(String typed, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                JAVA, "-Dfile.encoding=ISO-8859-1", "-Djffi.boot.library.path=/nonexistent", "-jar", JAR.toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return run(typed, Map.of("LC_ALL", "C"), command);
    }

    private Ran linux(String typed, String command, Object... arguments) throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(List.of(DIST.resolve("bin/ecryptfs-" + command).toString()));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return run(typed, Map.of("LC_ALL", "C.UTF-8"), all);
    }

    private record Ran(int code, String out, String err) {}

    private Ran run(String typed, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path err = Files.createTempFile("err", "");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(directory.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().write(typed.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ran(process.waitFor(), out, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }
}
