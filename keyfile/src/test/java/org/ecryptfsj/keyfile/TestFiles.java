package org.ecryptfsj.keyfile;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;

/** Key files and protectors for tests. */
final class TestFiles {
    static final Instant NOW = Instant.parse("2026-12-01T10:00:00.5Z");
    static final CipherChoice AES_256 = new CipherChoice("aes", 32);

    /** As that of eCryptfs, whose 65536 rounds most tests need not wait for. */
    static final KeyDerivation DERIVATION = (passphrase, salt) -> {
        byte[] text = (text(passphrase) + salt.hex()).getBytes(StandardCharsets.UTF_8);
        return new TokenContents.Passphrase(
                Signature.ofFirstBytes(sha256(text)), Secret.allocate(TokenContents.Passphrase.FEKEK_BYTES), salt);
    };

    private static final int SMALL_KIB = 64;

    private TestFiles() {}

    /** A new file with names encrypted, without protector. */
    static UnlockedKeyFile unlocked() throws Exception {
        return UnlockedKeyFile.create(
                MountSecret.random(true),
                new NewMount(AES_256, Optional.of(AES_256), false),
                "/srv/secret",
                NOW,
                DERIVATION);
    }

    /** A passphrase protector whose guesses cost little. */
    static PassphraseProtector cheapPassphrase() {
        long[] now = {0};
        return new PassphraseProtector(() -> now[0] += 1_000_000_000L, SMALL_KIB);
    }

    /** Adds a protector with what a person answers; returns the code that is shown, or nothing. */
    static Optional<String> add(UnlockedKeyFile file, Protector protector, String... answers) throws Exception {
        try (ParameterValues values = new ParameterValues();
                Protection protection = protector.protect(
                        file.fileKey(), file.context(), values, new Answers(answers.length, answers))) {
            file.add(protector.type(), "", protection.fields(), NOW);
            return protection.code().map(TestFiles::text);
        }
    }

    static String text(Secret secret) {
        return StandardCharsets.UTF_8.decode(secret.buffer()).toString();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Secret secret(String text) {
        return Secret.takeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives these answers, one after the other. */
    static final class Answers implements Prompter {
        final Deque<Question> questions = new ArrayDeque<>();
        private final int attempts;
        private final Deque<String> answers;

        Answers(int attempts, String... answers) {
            this.attempts = attempts;
            this.answers = new ArrayDeque<>(List.of(answers));
        }

        @Override
        public int attempts() {
            return attempts;
        }

        @Override
        public Secret ask(Question question) throws ProtectorException {
            questions.add(question);
            if (answers.isEmpty()) {
                throw new ProtectorException(ProtectorException.Reason.NO_ANSWER, "no answer", "");
            }
            return secret(answers.remove());
        }
    }

    /** A device that holds the file key in its plain members. */
    static final class Device implements Protector {
        private final String type;
        private final Interaction interaction;
        Optional<ProtectorException> failure = Optional.empty();
        int used;

        Device(String type, Interaction interaction) {
            this.type = type;
            this.interaction = interaction;
        }

        @Override
        public String type() {
            return type;
        }

        @Override
        public Interaction interaction(JsonObject fields) {
            return interaction;
        }

        @Override
        public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter) {
            byte[] key = new byte[fileKey.size()];
            fileKey.buffer().get(key);
            return Protection.of(JsonObject.empty().with("key", key));
        }

        @Override
        public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
                throws ProtectorException, MalformedFieldException {
            used++;
            if (interaction != Interaction.NONE) {
                prompter.ask(new Prompter.Question("PIN", false)).close();
            }
            if (failure.isPresent()) {
                throw failure.get();
            }
            return Secret.takeBytes(fields.bytes("key", 1, 64));
        }

        @Override
        public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
            fields.bytes("key", 1, 64);
            return failure.map(f -> ProtectorState.unusable("a device", f))
                    .orElseGet(() -> ProtectorState.usable("a device"));
        }
    }
}
