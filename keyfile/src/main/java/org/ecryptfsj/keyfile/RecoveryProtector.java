package org.ecryptfsj.keyfile;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.libcrypto.HkdfSha256;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;

/** A code that is shown once and written down, type {@code recovery} (docs/spec/key-file.md, section 6). Frozen. */
public final class RecoveryProtector implements Protector {
    private static final String TYPE = "recovery";
    private static final String SALT = "salt";
    private static final String KEY = "key";
    private static final int SALT_BYTES = 32;
    private static final int KEY_BYTES = FILE_KEY_BYTES + AesGcm.OVERHEAD_BYTES;
    private static final byte[] INFO = "ecryptfsj recovery 1".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Interaction interaction(JsonObject fields) {
        return Interaction.SHARED_ANSWER;
    }

    /** Makes a new code, which the caller shows. */
    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter) {
        AesGcm cipher = new AesGcm();
        byte[] salt = cipher.random(SALT_BYTES);
        JsonObject parameters = JsonObject.empty().with(SALT, salt);
        try (Secret random = cipher.randomSecret(RecoveryCode.BYTES);
                Secret key = new HkdfSha256().derive(random, salt, INFO)) {
            byte[] encrypted = cipher.encrypt(key, context.associated(TYPE, parameters), fileKey);
            return new Protection(parameters.with(KEY, encrypted), Optional.of(RecoveryCode.encode(random)));
        }
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        byte[] salt = fields.bytes(SALT, SALT_BYTES, SALT_BYTES);
        byte[] encrypted = fields.bytes(KEY, KEY_BYTES, KEY_BYTES);
        byte[] associated = context.associated(TYPE, fields.without(KEY));
        try (Secret typed = prompter.ask(new Prompter.Question("Recovery code for " + context.label(), false));
                Secret random = RecoveryCode.decode(typed);
                Secret key = KeyFileCipher.derive(random, salt, INFO)) {
            return KeyFileCipher.decrypt(key, associated, encrypted)
                    .orElseThrow(() -> new ProtectorException(
                            Reason.WRONG_SECRET,
                            "the recovery code belongs to another key file, or this protector was changed",
                            "find the code that was printed for this key file"));
        }
    }

    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        fields.bytes(SALT, SALT_BYTES, SALT_BYTES);
        fields.bytes(KEY, KEY_BYTES, KEY_BYTES);
        return ProtectorState.usable("a recovery code");
    }
}
