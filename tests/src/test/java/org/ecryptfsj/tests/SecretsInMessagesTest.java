package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.tools.Commands;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What key modules and tools say of themselves, when they work and when they do not: exceptions with their causes, text forms,
 * log lines of every level, and what is printed on standard error.
 */
class SecretsInMessagesTest {
    private static final String PASSPHRASE = "correct-horse-battery";
    private static final String WRAPPING = "staple-of-another-kind";
    private static final String NEITHER = "neither-of-those-two";
    private static final byte[] PAYLOAD = payload();

    @TempDir
    Path directory;

    private final Queue<String> said = new ConcurrentLinkedQueue<>();
    private final Logger root = Logger.getLogger("");
    private final Level before = root.getLevel();
    private final Handler listener = new Handler() {
        private final SimpleFormatter form = new SimpleFormatter();

        @Override
        public void publish(LogRecord line) {
            said.add(form.format(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        listener.setLevel(Level.ALL);
        root.setLevel(Level.ALL);
        root.addHandler(listener);
    }

    @AfterEach
    void stopListening() {
        root.removeHandler(listener);
        root.setLevel(before);
    }

    @Test
    void theOpensslModuleShowsNeitherKeyNorPassphrase() throws Exception {
        String pem = pem();
        Path sound = file("key.pem", pem);
        Path cut = file("cut.pem", pem.substring(0, pem.length() / 2));
        Path swapped = file(
                "swapped.pem", new StringBuilder(pem).insert(200, pem, 300, 340).toString());
        try (KeyModules modules = KeyModules.discover(Optional.empty());
                Secret payload = Secret.takeBytes(PAYLOAD.clone())) {
            KeyModule openssl = modules.byAlias("openssl").orElseThrow();
            for (Path key : List.of(sound, cut, swapped, directory.resolve("none.pem"))) {
                note(catchThrowable(() -> {
                    try (ParameterValues values = new ParameterValues()
                                    .add("openssl_keyfile", key.toString())
                                    .add("openssl_passwd", PASSPHRASE);
                            TokenContents.ModuleKey made = (TokenContents.ModuleKey) openssl.tokenContents(values)) {
                        say(values, made, made.blob());
                        byte[] wrapped = openssl.wrap(made.blob(), payload);
                        wrapped[5]++;
                        note(catchThrowable(
                                () -> openssl.unwrap(made.blob(), wrapped).close()));
                    }
                }));
            }
            note(catchThrowable(() -> {
                try (KeyBlob blob = KeyBlob.takeBytes(("xx" + PASSPHRASE).getBytes(StandardCharsets.US_ASCII))) {
                    say(openssl.wrap(blob, payload).length);
                }
            }));
        }

        assertThat(all()).contains("KeyModuleException", "is damaged", "does not exist", "decryption fails");
        requireSilenceOn(PASSPHRASE.getBytes(StandardCharsets.US_ASCII));
        requireSilenceOn(PAYLOAD);
        pem.lines().filter(line -> !line.startsWith("-")).forEach(line -> assertThat(all())
                .doesNotContain(line.substring(0, Math.min(16, line.length()))));
    }

    @Test
    void thePassphraseModuleShowsNeitherPassphraseNorKey() throws Exception {
        List<byte[]> keys = new ArrayList<>();
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            KeyModule module = modules.byAlias("passphrase").orElseThrow();
            try (ParameterValues values = new ParameterValues().add("passphrase_passwd", PASSPHRASE);
                    TokenContents.Passphrase made = (TokenContents.Passphrase) module.tokenContents(values)) {
                keys.add(made.fekek().onHeap(byte[]::clone));
                say(values, made, made.fekek());
            }
            for (String tooLongOrEmpty : List.of(PASSPHRASE.repeat(4), "")) {
                note(catchThrowable(() -> {
                    try (ParameterValues values = new ParameterValues().add("passphrase_passwd", tooLongOrEmpty);
                            TokenContents made = module.tokenContents(values)) {
                        say(made);
                    }
                }));
            }
            note(catchThrowable(() -> {
                try (KeyBlob blob = KeyBlob.takeBytes(PAYLOAD.clone());
                        Secret payload = Secret.takeBytes(PAYLOAD.clone())) {
                    say(module.wrap(blob, payload).length);
                }
            }));
        }

        assertThat(all()).contains("Exception");
        requireSilenceOn(PASSPHRASE.getBytes(StandardCharsets.US_ASCII));
        requireSilenceOn(PAYLOAD);
        keys.forEach(this::requireSilenceOn);
    }

    /** Without a TPM, which is how far these get everywhere. */
    @Test
    void theTspiModuleShowsNoFileKey() throws Exception {
        try (KeyModules modules = KeyModules.discover(Optional.empty());
                Secret payload = Secret.takeBytes(PAYLOAD.clone())) {
            KeyModule tspi = modules.byAlias("tspi").orElseThrow();
            for (int size : new int[] {3, 16, 26}) {
                note(catchThrowable(() -> {
                    try (KeyBlob blob = KeyBlob.takeBytes(Arrays.copyOf(new byte[] {1, 2, 3}, size))) {
                        say(blob);
                        tspi.unwrap(blob, PAYLOAD).close();
                    }
                }));
            }
            say(payload, tspi.status());
        }

        assertThat(all()).contains("KeyModuleException");
        requireSilenceOn(PAYLOAD);
    }

    @Test
    void thePassphraseToolsPrintNeitherPassphraseOnStandardError() throws Exception {
        String wrapped = directory.resolve("wrapped").toString();
        assertThat(run("ecryptfs-wrap-passphrase", wrapped, PASSPHRASE, WRAPPING))
                .isZero();
        assertThat(run("ecryptfs-unwrap-passphrase", wrapped, NEITHER)).isNotZero();
        assertThat(run("ecryptfs-rewrap-passphrase", wrapped, NEITHER, PASSPHRASE))
                .isNotZero();
        assertThat(run("ecryptfs-insert-wrapped-passphrase-into-keyring", wrapped, NEITHER))
                .isNotZero();
        byte[] file = Files.readAllBytes(Path.of(wrapped));
        Files.write(Path.of(wrapped), Arrays.copyOf(file, file.length - 3));
        assertThat(run("ecryptfs-unwrap-passphrase", wrapped, WRAPPING)).isNotZero();
        assertThat(run("ecryptfs-wrap-passphrase", directory.resolve("no/where").toString(), PASSPHRASE, WRAPPING))
                .isNotZero();

        assertThat(all()).contains("wrong wrapping passphrase for", "is damaged", "What to do");
        for (String secret : List.of(PASSPHRASE, WRAPPING, NEITHER)) {
            requireSilenceOn(secret.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private int run(String command, String... arguments) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        try (PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
                PrintStream capture = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
            System.setOut(nowhere);
            System.setErr(capture);
            return Commands.named(command).get().run(List.of(arguments));
        } catch (ToolFailure e) {
            say(e, "What to do", e.advice());
            return e.code();
        } finally {
            System.setOut(out);
            System.setErr(err);
            say(errors.toString(StandardCharsets.UTF_8));
        }
    }

    private void say(Object... what) {
        for (Object each : what) {
            said.add(String.valueOf(each));
        }
    }

    private String all() {
        return String.join("\n", said);
    }

    private void note(Throwable thrown) {
        if (thrown == null) {
            return;
        }
        StringWriter all = new StringWriter();
        thrown.printStackTrace(new PrintWriter(all));
        say(all);
    }

    private Path file(String name, String text) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String pem() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8) + "\n-----END PRIVATE KEY-----\n";
    }

    private static byte[] payload() {
        byte[] key = "S3cr3t.FileKey.1".getBytes(StandardCharsets.US_ASCII);
        int sum = 0;
        for (byte b : key) {
            sum += Byte.toUnsignedInt(b);
        }
        return ByteBuffer.allocate(key.length + 3)
                .put((byte) 7)
                .put(key)
                .putShort((short) sum)
                .array();
    }

    /** Any eight bytes of it, as text, hex, a list of numbers, or base64. */
    private void requireSilenceOn(byte[] secret) {
        byte[] part = Arrays.copyOfRange(secret, 4, 12);
        String numbers = Arrays.toString(part);
        assertThat(all())
                .doesNotContain(
                        new String(part, StandardCharsets.ISO_8859_1),
                        HexFormat.of().formatHex(part),
                        HexFormat.of().formatHex(part).toUpperCase(Locale.ROOT),
                        numbers.substring(1, numbers.length() - 1));
        for (int from = 0; from < 3; from++) {
            assertThat(all())
                    .doesNotContain(Base64.getEncoder().encodeToString(Arrays.copyOfRange(secret, from, from + 9)));
        }
    }
}
