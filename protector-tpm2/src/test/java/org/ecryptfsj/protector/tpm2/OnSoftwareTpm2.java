package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState.Obstacle;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A machine with a software TPM 2.0 that booted, and the protector on it. */
abstract class OnSoftwareTpm2 {
    static final String FILE_KEY = "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f";
    static final String PIN = "korrekt-4711";
    static final ProtectorContext CONTEXT =
            new ProtectorContext(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), "/srv/secret");

    static final PcrSignatureFiles NO_SIGNATURES = new PcrSignatureFiles(List.of(Path.of("/nowhere")));

    /** A machine whose kernel shows no event log. */
    static final Function<TpmAddress, Optional<EventLog>> NO_EVENTS = address -> Optional.empty();

    SoftwareTpm2 tpm;
    Tpm2Protector protector;
    final List<String> questions = new ArrayList<>();

    @BeforeEach
    void aMachineThatBooted() {
        tpm = SoftwareTpm2.startMeasured();
        protector = tpm.protector();
    }

    @AfterEach
    void stop() {
        protector.close();
        tpm.close();
    }

    JsonObject protectWithPin(String... parameters) throws ProtectorException {
        try (ParameterValues values = values(parameters).add("tpm2_auth", "pin")) {
            return protect(values, answers(PIN));
        }
    }

    JsonObject protect(String... parameters) throws ProtectorException {
        try (ParameterValues values = values(parameters)) {
            return protect(values, Prompter.nobody());
        }
    }

    JsonObject protect(ParameterValues values, Prompter prompter) throws ProtectorException {
        try (Secret fileKey = fileKey();
                Protection protection = protector.protect(fileKey, CONTEXT, values, prompter)) {
            return protection.fields();
        }
    }

    String unprotect(JsonObject fields) throws Exception {
        return unprotect(fields, Prompter.nobody());
    }

    String unprotect(JsonObject fields, Prompter prompter) throws Exception {
        try (Secret fileKey = protector.unprotect(fields, CONTEXT, prompter)) {
            return hex(fileKey);
        }
    }

    Obstacle obstacle(JsonObject fields) throws Exception {
        return protector.state(fields, CONTEXT).obstacle().orElseThrow();
    }

    Prompter answers(String... texts) {
        Deque<String> left = new ArrayDeque<>(List.of(texts));
        return new Prompter() {
            @Override
            public int attempts() {
                return 1;
            }

            @Override
            public Secret ask(Question question) {
                questions.add(question.text());
                return Secret.takeBytes(left.remove().getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    static ParameterValues values(String... namesAndValues) {
        ParameterValues values = new ParameterValues();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return values;
    }

    static Secret fileKey() {
        return Secret.copyOf(ByteBuffer.wrap(HexFormat.of().parseHex(FILE_KEY)));
    }

    static String hex(Secret secret) {
        return secret.onHeap(bytes -> HexFormat.of().formatHex(bytes));
    }

    static ProtectorException failureOf(ThrowingCallable call) {
        return catchThrowableOfType(ProtectorException.class, call);
    }
}
