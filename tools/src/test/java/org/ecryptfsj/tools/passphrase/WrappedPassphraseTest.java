package org.ecryptfsj.tools.passphrase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import jnr.constants.platform.Errno;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** The two layouts, and the C programs' word on them. */
class WrappedPassphraseTest {
    private static final Path NO_HOME = Path.of("/nonexistent");

    @ParameterizedTest
    @CsvFileSource(resources = "wrapped-passphrases.csv")
    void filesTheCToolsKnowOpen(int version, String passphrase, String wrapping, String hex) throws Exception {
        WrappedPassphrase wrapped = WrappedPassphrase.parse(HexFormat.of().parseHex(hex), "file");

        assertThat(wrapped.version()).isEqualTo(version);
        assertThat(unwrapped(wrapped, utf8(wrapping))).isEqualTo(utf8(passphrase));
    }

    @ParameterizedTest
    @CsvFileSource(resources = "wrapped-passphrases.csv")
    void anotherWrappingPassphraseIsToldApart(int version, String passphrase, String wrapping, String hex)
            throws Exception {
        WrappedPassphrase wrapped = WrappedPassphrase.parse(HexFormat.of().parseHex(hex), "the file");

        assertThatThrownBy(() -> unwrapped(wrapped, utf8("another")))
                .isInstanceOfSatisfying(
                        PassphraseFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO))
                .hasMessage("wrong wrapping passphrase for the file");
    }

    /** The numbers are those that ecryptfs-unwrap-passphrase of ecryptfs-utils 111 printed for these files. */
    @ParameterizedTest
    @CsvSource({
        "30313233, EINVAL",
        "3a0341414141414141414141414141414141414141414141414141414141414141414141414141414141, EOPNOTSUPP",
        "7a7a30303030303030303030303030303030303030303030303030303030303030303030303030303030, EINVAL",
        "3a0212345678123456783132333435363738, EINVAL"
    })
    void whatIsNoneIsRefusedWithTheCToolsNumber(String hex, Errno errno) {
        assertThatThrownBy(() -> WrappedPassphrase.parse(HexFormat.of().parseHex(hex), "file"))
                .isInstanceOfSatisfying(
                        PassphraseFailure.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @ParameterizedTest
    @CsvSource({
        "3a021a4945446de89c7d393230353332346264656432616334343bf0a36ee87b5a701af34a2654, wrap",
        "30626137613439373266353530356363, wrap"
    })
    void aDamagedEndIsAnInputOutputError(String hex, String wrapping) throws Exception {
        WrappedPassphrase wrapped = WrappedPassphrase.parse(HexFormat.of().parseHex(hex), "file");

        assertThatThrownBy(() -> unwrapped(wrapped, utf8(wrapping)))
                .isInstanceOfSatisfying(
                        PassphraseFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO))
                .hasMessageContaining("damaged");
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 100) byte[] file) {
        try {
            assertThat(WrappedPassphrase.parse(file, "file").version()).isBetween(1, 2);
        } catch (PassphraseFailure e) {
            assertThat(e.errno()).isIn(Errno.EINVAL, Errno.EOPNOTSUPP);
        }
    }

    @Property
    void anyBytesBehindAMarkAreReadOrRefused(@ForAll @Size(max = 100) byte[] file) {
        byte[] marked = Arrays.copyOf(file, file.length + 2);
        marked[0] = WrappedPassphraseV2.MARK;
        marked[1] = WrappedPassphraseV2.VERSION;

        anyBytesAreReadOrRefused(marked);
    }

    @Property(tries = 25)
    void whatTheCToolWrapsIsUnwrapped(@ForAll("passphrases") byte[] passphrase, @ForAll("passphrases") byte[] wrapping)
            throws Exception {
        Path directory = Files.createTempDirectory("wrapped");
        Path file = directory.resolve("file");

        CTools.Run run = new CTools(directory)
                .run(lines(passphrase, wrapping), "/usr/bin/ecryptfs-wrap-passphrase", file.toString(), "-");

        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(unwrapped(new WrappedPassphraseFile(file).read(), wrapping)).isEqualTo(passphrase);
    }

    @Property(tries = 25)
    void whatIsWrappedHereTheCToolUnwraps(
            @ForAll("passphrases") byte[] passphrase, @ForAll("passphrases") byte[] wrapping) throws Exception {
        Path directory = Files.createTempDirectory("wrapped");
        Path file = directory.resolve("file");
        try (KeyModules modules = InstalledKeyModules.discover();
                Secret kept = Secret.takeBytes(passphrase.clone());
                Secret key = Secret.takeBytes(wrapping.clone())) {
            new WrappedPassphraseFile(file)
                    .write(new PassphraseWrapper(new PassphraseTokens(modules), NO_HOME).wrap(kept, key));
        }

        CTools.Run run =
                new CTools(directory).run(lines(wrapping), "/usr/bin/ecryptfs-unwrap-passphrase", file.toString(), "-");

        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).isEqualTo(latin1(passphrase) + "\n");
    }

    @Test
    void aLinkInThePlaceOfTheFileIsReplacedAndNotWrittenThrough(@TempDir Path directory) throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Path file = Files.createSymbolicLink(directory.resolve("wrapped-passphrase"), precious);
        try (KeyModules modules = InstalledKeyModules.discover();
                Secret kept = Secret.takeBytes(utf8("passphrase"));
                Secret key = Secret.takeBytes(utf8("wrapping"))) {
            new WrappedPassphraseFile(file)
                    .write(new PassphraseWrapper(new PassphraseTokens(modules), NO_HOME).wrap(kept, key));
        }

        assertThat(precious).hasContent("precious");
        assertThat(file).isRegularFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("precious", "wrapped-passphrase");
    }

    @Test
    void aPipeInThePlaceOfTheFileIsNotWaitedFor(@TempDir Path directory) throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThatThrownBy(() -> new WrappedPassphraseFile(pipe).read())
                .isInstanceOf(PassphraseFailure.class)
                .hasMessage(pipe + " is not a regular file");
    }

    /** What a line can hold: any bytes but the line's end and zero, from 1 to 64, the edges often. */
    @Provide
    Arbitrary<byte[]> passphrases() {
        Arbitrary<byte[]> bytes = Arbitraries.bytes()
                .filter(b -> b != 0 && b != '\n')
                .array(byte[].class)
                .ofMinSize(1)
                .ofMaxSize(PassphraseWrapper.MAX_BYTES);
        Arbitrary<byte[]> text = Arbitraries.strings()
                .withChars(" abcXYZ019äößü漢#$'\"\\-:=,")
                .ofMinLength(1)
                .ofMaxLength(20)
                .map(WrappedPassphraseTest::utf8);
        Arbitrary<byte[]> edges = Arbitraries.of(1, 15, 16, 17, 63, 64).map(n -> utf8("x".repeat(n)));
        return Arbitraries.oneOf(bytes, text, edges);
    }

    private static byte[] unwrapped(WrappedPassphrase wrapped, byte[] wrapping) throws Exception {
        try (KeyModules modules = InstalledKeyModules.discover();
                Secret key = Secret.takeBytes(wrapping.clone());
                Secret passphrase = new PassphraseWrapper(new PassphraseTokens(modules), NO_HOME)
                        .unwrap(wrapped, key, "the file")) {
            return passphrase.onHeap(byte[]::clone);
        }
    }

    private static byte[] lines(byte[]... lines) {
        StringBuilder text = new StringBuilder();
        for (byte[] line : lines) {
            text.append(latin1(line)).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
