package org.ecryptfsj.keyfile;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;

/**
 * A passphrase that a person knows, type {@code passphrase} (docs/spec/key-file.md, section 5). Frozen. One derivation takes
 * 64 MiB of heap when it was made here, and 256 MiB at most.
 */
public final class PassphraseProtector implements Protector {
    /** The type's name in key files. */
    public static final String TYPE = "passphrase";

    /** The fewest bytes of a new passphrase. */
    public static final int LEAST_NEW_BYTES = 8;

    /** The most bytes of a passphrase. */
    public static final int MOST_BYTES = 1024;

    private static final String PARAMETER = "passphrase";
    private static final String KDF = "kdf";
    private static final String ARGON2ID = "argon2id";
    private static final String SALT = "salt";
    private static final String KEY = "key";
    private static final int SALT_BYTES = 16;
    private static final int KEY_BYTES = FILE_KEY_BYTES + AesGcm.OVERHEAD_BYTES;
    private static final int MOST_NAME = 32;
    private static final Duration TARGET = Duration.ofSeconds(1);

    private final LongSupplier nanoTime;
    private final int memoryKib;

    /** As key files are made: 64 MiB, and as many passes as take about one second on this machine. */
    public PassphraseProtector() {
        this(System::nanoTime, Argon2Cost.NEW_MEMORY_KIB);
    }

    /** @param nanoTime a clock, for tests */
    PassphraseProtector(LongSupplier nanoTime, int memoryKib) {
        this.nanoTime = nanoTime;
        this.memoryKib = memoryKib;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(Parameter.optional(PARAMETER));
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.SHARED_ANSWER;
    }

    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException {
        Optional<Secret> given = values.secret(PARAMETER);
        try (Secret passphrase = given.isPresent()
                ? given.get().copy()
                : prompter.ask(new Prompter.Question("New passphrase for " + context.label(), true))) {
            requireNewSize(passphrase.size());
            return protect(fileKey, context, passphrase);
        }
    }

    private Protection protect(Secret fileKey, ProtectorContext context, Secret passphrase) {
        AesGcm cipher = new AesGcm();
        byte[] salt = cipher.random(SALT_BYTES);
        Argon2Cost cost = tuned(passphrase, salt);
        JsonObject parameters =
                cost.into(JsonObject.empty().with(KDF, ARGON2ID)).with(SALT, salt);
        try (Secret key = cost.derive(passphrase, salt)) {
            byte[] encrypted = cipher.encrypt(key, context.associated(TYPE, parameters), fileKey);
            return Protection.of(parameters.with(KEY, encrypted));
        }
    }

    /** The second of two runs is measured, for which the JVM has compiled the loops. */
    private Argon2Cost tuned(Secret passphrase, byte[] salt) {
        Argon2Cost one = new Argon2Cost(memoryKib, 1, Argon2Cost.NEW_LANES);
        one.derive(passphrase, salt).close();
        long start = nanoTime.getAsLong();
        one.derive(passphrase, salt).close();
        long pass = Math.max(1, nanoTime.getAsLong() - start);
        long passes = Math.max(Argon2Cost.LEAST_NEW_PASSES, Math.min(Argon2Cost.MOST_PASSES, TARGET.toNanos() / pass));
        return new Argon2Cost(memoryKib, (int) passes, Argon2Cost.NEW_LANES);
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        Argon2Cost cost = cost(fields);
        byte[] salt = fields.bytes(SALT, SALT_BYTES, SALT_BYTES);
        byte[] encrypted = fields.bytes(KEY, KEY_BYTES, KEY_BYTES);
        byte[] associated = context.associated(TYPE, fields.without(KEY));
        try (Secret passphrase = prompter.ask(new Prompter.Question("Passphrase for " + context.label(), false))) {
            if (passphrase.size() > MOST_BYTES) {
                throw wrong();
            }
            try (Secret key = cost.derive(passphrase, salt)) {
                return KeyFileCipher.decrypt(key, associated, encrypted).orElseThrow(PassphraseProtector::wrong);
            }
        }
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        Argon2Cost cost = cost(fields);
        fields.bytes(SALT, SALT_BYTES, SALT_BYTES);
        fields.bytes(KEY, KEY_BYTES, KEY_BYTES);
        return ProtectorState.usable(
                "a passphrase, Argon2id with " + cost.memoryKib() / 1024 + " MiB and " + cost.passes() + " passes");
    }

    private static Argon2Cost cost(JsonObject fields) throws MalformedFieldException {
        String kdf = fields.text(KDF, MOST_NAME);
        if (!kdf.equals(ARGON2ID)) {
            throw new MalformedFieldException("member \"" + KDF + "\" is not \"" + ARGON2ID + "\"");
        }
        return Argon2Cost.of(fields);
    }

    private static void requireNewSize(int size) throws ProtectorException {
        if (size < LEAST_NEW_BYTES || size > MOST_BYTES) {
            throw new ProtectorException(
                    Reason.BAD_PARAMETER,
                    "the new passphrase has " + size + " bytes, not between " + LEAST_NEW_BYTES + " and " + MOST_BYTES,
                    "choose one of 16 characters or more");
        }
    }

    private static ProtectorException wrong() {
        return new ProtectorException(
                Reason.WRONG_SECRET,
                "the passphrase is wrong, or this protector was changed",
                "type the passphrase of this key file");
    }
}
