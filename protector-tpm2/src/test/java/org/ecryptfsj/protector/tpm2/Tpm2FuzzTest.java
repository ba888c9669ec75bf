package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.tpm2.Tpm.Hierarchy;
import org.ecryptfsj.protector.tpm2.Tpm.SessionType;

/** Any bytes as a TPM's answer, a public area or an address are read, or refused. */
class Tpm2FuzzTest {
    private static final PcrSelection ALL = PcrSelection.of(
            PcrBank.SHA256,
            IntStream.rangeClosed(0, PcrSelection.MAX_PCR).boxed().toList());

    /** Something that is asked of a TPM. */
    @FunctionalInterface
    private interface Question {
        void ask(Tpm tpm) throws TpmException;
    }

    /** Answers each command with the same bytes behind a header of success. */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    private record Stubborn(byte[] body) implements TpmTransport {
        @Override
        public byte[] exchange(byte[] command) {
            return ByteBuffer.allocate(HEADER_BYTES + body.length)
                    .put(command, 0, 2)
                    .putInt(HEADER_BYTES + body.length)
                    .putInt(ResponseCode.SUCCESS)
                    .put(body)
                    .array();
        }

        @Override
        public void close() {}
    }

    @FuzzTest
    void answers(byte[] bytes) {
        List<Question> questions = List.of(
                tpm -> assertThat(ALL.numbers()).containsAll(tpm.readPcrs(ALL).keySet()),
                tpm -> assertThat(tpm.allocatedPcrs(PcrBank.SHA256)).allMatch(number -> number >= 0),
                tpm -> assertThat(tpm.properties(0x20e)).doesNotContainValue(null),
                LockoutState::of,
                tpm -> tpm.publicArea(StorageKeys.PERSISTENT),
                Tpm::resetCount,
                tpm -> tpm.loadPublic(new PcrSigningKey(BigInteger.ONE.shiftLeft(2047)))
                        .close(),
                tpm -> tpm.createPrimary(Hierarchy.STORAGE).close());
        try (Tpm tpm = new Tpm(new TpmConnection(new Stubborn(bytes), new Deadline(Duration.ofSeconds(20))))) {
            for (Question question : questions) {
                Throwable thrown = Assertions.catchThrowable(() -> question.ask(tpm));
                assertThat(thrown).satisfiesAnyOf(none -> assertThat(none).isNull(), e -> assertThat(e)
                        .isInstanceOf(TpmException.class));
            }
        }
    }

    @FuzzTest
    void publicAreas(byte[] bytes) {
        try (Secret none = Secret.allocate(0);
                Tpm tpm = new Tpm(new TpmConnection(new Stubborn(new byte[0]), new Deadline(Duration.ofSeconds(20))))) {
            StorageKey key = StorageKey.parse(bytes).orElse(null);
            if (key != null) {
                assertThat(key.name()).hasSize(StorageKey.NAME_BYTES);
                assertThat(key.missingAttributes()).doesNotContainNull();
                LoadedStorageKey loaded =
                        new LoadedStorageKey(TpmObject.persistent(tpm, StorageKeys.PERSISTENT, key.name()), key);
                tpm.startSession(SessionType.HMAC, loaded, none).close();
            }
        } catch (TpmException e) {
            assertThat(e.kind()).isEqualTo(TpmException.Kind.MALFORMED);
        }
    }

    @FuzzTest
    void publicKeysOfSigners(byte[] bytes) {
        try {
            PcrSigningKey key = PcrSigningKey.parse(bytes);
            assertThat(PcrSigningKey.parse(key.encoded())).isEqualTo(key);
            assertThat(key.hasSigned(bytes, bytes)).isFalse();
        } catch (MalformedFieldException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
        try {
            assertThat(PcrSigningKey.parsePem(bytes).name()).hasSize(StorageKey.NAME_BYTES);
        } catch (MalformedFieldException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void signaturesOfPcrs(byte[] bytes) {
        try {
            for (PcrSignature signature : PcrSignature.parse(bytes, PcrBank.SHA256)) {
                assertThat(signature.numbers()).allMatch(number -> number >= 0 && number <= PcrSelection.MAX_PCR);
                assertThat(signature.policyDigest()).matches("[0-9a-f]{64}");
            }
        } catch (MalformedFieldException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void addresses(byte[] bytes) {
        TpmAddress.parse(new String(bytes, StandardCharsets.UTF_8)).ifPresent(address -> assertThat(address)
                .isInstanceOfAny(TpmAddress.Device.class, TpmAddress.Tcp.class, TpmAddress.UnixSocket.class));
    }
}
