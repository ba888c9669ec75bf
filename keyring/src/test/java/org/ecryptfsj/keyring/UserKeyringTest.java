package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jnr.constants.platform.Errno;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the real keyring, under signatures of its own. */
class UserKeyringTest {
    private final UserKeyring keyring = new UserKeyring();
    private final Signature signature = randomSignature();

    @BeforeContainer
    @BeforeAll
    static void theUserKeyringIsInTheSession() throws LinuxException {
        new UserKeyring().linkIntoSession();
    }

    @AfterEach
    void nothingIsLeftBehind() throws LinuxException {
        keyring.unlink(signature);
    }

    @Test
    void aTokenAddedIsFoundAgain() throws Exception {
        try (AuthTok tok = privateKey("blob")) {
            assertThat(keyring.add(tok)).isTrue();
        }
        try (AuthTok found = keyring.find(signature).orElseThrow()) {
            AuthTok.PrivateKey key = (AuthTok.PrivateKey) found;
            assertThat(key.alias()).isEqualTo("tspi");
            assertThat(key.blob().buffer()).isEqualTo(ascii("blob"));
        }
    }

    @Test
    void aSignatureNobodyAddedIsNotFound() throws Exception {
        assertThat(keyring.find(signature)).isEmpty();
        assertThat(keyring.unlink(signature)).isFalse();
    }

    @Test
    void anExistingKeyIsNotChanged() throws Exception {
        try (AuthTok first = privateKey("first");
                AuthTok second = privateKey("second")) {
            keyring.add(first);
            assertThat(keyring.add(second)).isFalse();
        }
        try (AuthTok found = keyring.find(signature).orElseThrow()) {
            assertThat(((AuthTok.PrivateKey) found).blob().buffer()).isEqualTo(ascii("first"));
        }
    }

    @Test
    void anUnlinkedTokenIsGone() throws Exception {
        try (AuthTok tok = privateKey("blob")) {
            keyring.add(tok);
        }
        assertThat(keyring.unlink(signature)).isTrue();
        assertThat(keyring.find(signature)).isEmpty();
    }

    @Test
    void aRevokedKeyIsReportedAndReplaced() throws Exception {
        try (AuthTok tok = privateKey("blob")) {
            keyring.add(tok);
            keyctl("revoke", "%user:" + signature);
            assertThatThrownBy(() -> keyring.find(signature))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EKEYREVOKED));
            assertThat(keyring.add(tok)).isTrue();
        }
        try (AuthTok found = keyring.find(signature).orElseThrow()) {
            assertThat(found.signature()).isEqualTo(signature);
        }
    }

    @Test
    void anExpiredKeyIsNotUsableAndIsReplaced() throws Exception {
        try (AuthTok tok = privateKey("blob")) {
            keyring.add(tok);
            assertThat(keyring.hasUsable(signature)).isTrue();
            keyctl("timeout", "%user:" + signature, "1");
            await(() -> isExpired(signature));
            assertThat(keyring.hasUsable(signature)).isFalse();
            assertThat(keyring.add(tok)).isTrue();
        }
        assertThat(keyring.hasUsable(signature)).isTrue();
    }

    @Test
    void aNewSessionFindsItsKeysOnceTheKeyringIsLinked() throws Exception {
        try (AuthTok tok = privateKey("blob")) {
            keyring.add(tok);
        }
        FutureTask<List<Boolean>> task = new FutureTask<>(() -> {
            Keyctl.joinNewSession();
            boolean before = isInTheSession();
            keyring.linkIntoSession();
            return List.of(before, isInTheSession());
        });
        Thread session = new Thread(task);
        session.start();
        assertThat(task.get(20, TimeUnit.SECONDS)).containsExactly(false, true);
    }

    @ParameterizedTest
    @ValueSource(ints = {1023, 1024, 1025, 32767})
    void aPayloadOfAnySizeSurvivesTheKeyring(int size) throws Exception {
        byte[] blob = new byte[size - AuthTokLayout.BYTES];
        Arrays.fill(blob, (byte) 7);
        try (AuthTok tok = new AuthTok.PrivateKey(signature, "openssl", KeyBlob.copyOf(ByteBuffer.wrap(blob)))) {
            keyring.add(tok);
        }
        try (AuthTok found = keyring.find(signature).orElseThrow()) {
            assertThat(((AuthTok.PrivateKey) found).blob().buffer()).isEqualTo(ByteBuffer.wrap(blob));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 739, 1023, 1024, 1025, 32767})
    void aKeyOfThatNameWithOtherContentsIsRefused(int length) throws Exception {
        addRaw(signature, new byte[length]);
        assertThatThrownBy(() -> keyring.find(signature)).isInstanceOf(MalformedAuthTokException.class);
    }

    @Test
    void aTokenUnderAnotherSignatureIsRefused() throws Exception {
        addRaw(signature, Vectors.bytes("tspi"));
        assertThatThrownBy(() -> keyring.find(signature))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining(signature.hex());
    }

    /** The memory of a closed blob is used for the next one: a view of it shows whether that one was wiped, too. */
    @Test
    void aTokenUnderAnotherSignatureIsWiped() throws Exception {
        addRaw(signature, Vectors.bytes("tspi"));
        ByteBuffer memory;
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[16])) {
            memory = blob.buffer();
        }
        try (AuthTok same = Vectors.decode(Vectors.bytes("tspi"))) {
            assertThat(((AuthTok.PrivateKey) same).blob().buffer()).isEqualTo(memory);
        }
        assertThatThrownBy(() -> keyring.find(signature)).isInstanceOf(MalformedAuthTokException.class);
        assertThat(Vectors.bytes(memory)).isEqualTo(new byte[16]);
    }

    @Property(tries = 300)
    void anyPayloadOfAKeyIsReadOrRefusedButNothingElse(@ForAll @Size(min = 1, max = 2048) byte[] payload)
            throws Exception {
        Signature own = randomSignature();
        addRaw(own, payload);
        try {
            assertThatThrownBy(() -> keyring.find(own)).isInstanceOf(MalformedAuthTokException.class);
        } finally {
            keyring.unlink(own);
        }
    }

    @Test
    void aTokenOfEcryptfsAddPassphraseIsFound() throws Exception {
        Signature added = addWithTheCTool(randomPassphrase());
        try (AuthTok found = keyring.find(added).orElseThrow()) {
            assertThat(found).isInstanceOf(AuthTok.Password.class);
            assertThat(found.signature()).isEqualTo(added);
        } finally {
            keyring.unlink(added);
        }
    }

    @Test
    void ourTokenIsByteForByteThatOfEcryptfsAddPassphrase() throws Exception {
        String passphrase = randomPassphrase();
        Signature added = addWithTheCTool(passphrase);
        byte[] theirs = keyctl("pipe", "%user:" + added);
        try (AuthTok tok = keyring.find(added).orElseThrow()) {
            assertThat(keyring.unlink(added)).isTrue();
            assertThat(keyring.add(tok)).isTrue();
            assertThat(keyctl("pipe", "%user:" + added)).isEqualTo(theirs);
        } finally {
            keyring.unlink(added);
        }
    }

    @Test
    void ecryptfsAddPassphraseFindsOurToken() throws Exception {
        String passphrase = randomPassphrase();
        Signature added = addWithTheCTool(passphrase);
        try (AuthTok theirs = keyring.find(added).orElseThrow()) {
            keyring.unlink(added);
            keyring.add(theirs);
            byte[] ours = keyctl("search", "@u", "user", added.hex());
            addWithTheCTool(passphrase);
            assertThat(keyctl("search", "@u", "user", added.hex())).isEqualTo(ours);
        } finally {
            keyring.unlink(added);
        }
    }

    private AuthTok privateKey(String blob) {
        return new AuthTok.PrivateKey(signature, "tspi", KeyBlob.copyOf(ascii(blob)));
    }

    private boolean isInTheSession() throws LinuxException {
        return Keyctl.search(Keyctl.SESSION_KEYRING, "user", signature.hex()).isPresent();
    }

    private static boolean isExpired(Signature signature) {
        try {
            Keyctl.search(Keyctl.USER_KEYRING, "user", signature.hex());
            return false;
        } catch (LinuxException e) {
            return e.errno() == Errno.EKEYEXPIRED;
        }
    }

    private static void await(BooleanSupplier condition) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(limit);
            Thread.onSpinWait();
        }
    }

    private static ByteBuffer ascii(String text) {
        return StandardCharsets.US_ASCII.encode(text);
    }

    private static void addRaw(Signature signature, byte[] payload) throws LinuxException {
        ByteBuffer direct =
                ByteBuffer.allocateDirect(payload.length).put(payload).flip();
        Keyctl.add("user", signature.hex(), direct, Keyctl.USER_KEYRING);
    }

    private static Signature addWithTheCTool(String passphrase) throws IOException, InterruptedException {
        String output = new String(run(passphrase, "ecryptfs-add-passphrase", "-"), StandardCharsets.US_ASCII);
        return new Signature(output.replaceAll("(?s).*sig \\[([0-9a-f]{16})].*", "$1"));
    }

    private static byte[] keyctl(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "keyctl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return run("", command);
    }

    private static byte[] run(String input, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(new String(output, StandardCharsets.UTF_8))
                .isZero();
        return output;
    }

    private static Signature randomSignature() {
        return Signature.ofFirstBytes(random());
    }

    private static String randomPassphrase() {
        return HexFormat.of().formatHex(random());
    }

    private static byte[] random() {
        byte[] bytes = new byte[8];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
