package org.ecryptfsj.keymodule.openssl;

import java.util.List;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.protector.FileKeyPayload;
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
 * An RSA key in a PEM file, type {@code openssl} (docs/spec/key-file.md, section 9): the file key is encrypted with OAEP, as the
 * key module encrypts a file's key. The PEM file stays where it is; whoever unlocks needs it at the same path, and its
 * passphrase if it has one.
 */
public final class OpensslProtector implements Protector {
    private static final String TYPE = "openssl";
    private static final String RESTORE = "Restore the key file from a backup.";

    private static final List<Parameter> PARAMETERS = List.of(
            Parameter.optional(KeyFileLocation.PARAMETER),
            Parameter.optional(PassphraseSource.ITSELF),
            Parameter.optional(PassphraseSource.IN_FILE),
            Parameter.optional(PassphraseSource.IN_DESCRIPTOR),
            Parameter.optional(PassphraseSource.IN_ENVIRONMENT));

    @Override
    public String type() {
        return TYPE;
    }

    /**
     * {@code openssl_keyfile}, the PEM file, by default that of the key module; and one of the ways in which the key module is
     * given its passphrase. Without any, a person is asked if the PEM file has one.
     */
    @Override
    public List<Parameter> parameters() {
        return PARAMETERS;
    }

    /** The passphrase is that of the PEM file, and not of the key file. */
    @Override
    public Interaction interaction(JsonObject fields) throws MalformedFieldException {
        return OpensslProtectorFields.of(fields).encrypted() ? Interaction.OWN_QUESTION : Interaction.NONE;
    }

    /**
     * Encrypts a file key with the public key of a PEM file. The private key is read too, so that a wrong passphrase is found
     * now.
     *
     * @throws ProtectorException BAD_PARAMETER, KEY_MISSING, WRONG_SECRET, NO_ANSWER
     */
    @Override
    public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException {
        try {
            String path = KeyFileLocation.of(values);
            if (!OpensslProtectorFields.isPath(path)) {
                throw new ProtectorException(
                        Reason.BAD_PARAMETER,
                        "the path that " + KeyFileLocation.PARAMETER + " gives is too long or has control characters",
                        "Move the PEM file.");
            }
            PemKeyFile file = PemKeyFile.named(path);
            boolean encrypted = file.isEncrypted();
            try (Secret passphrase = passphrase(path, encrypted, values, prompter);
                    RsaKey key = file.load(passphrase)) {
                requireUsefulSize(key, path);
                JsonObject parameters = new OpensslProtectorFields(path, key.publicKeyFingerprint(), encrypted).json();
                return Protection.of(parameters.with(
                        OpensslProtectorFields.WRAPPED, wrap(key, fileKey, context.associated(TYPE, parameters))));
            }
        } catch (KeyModuleException e) {
            throw failure(e, Reason.BAD_PARAMETER);
        }
    }

    private static byte[] wrap(RsaKey key, Secret fileKey, byte[] associated) throws KeyModuleException {
        try (Secret payload = FileKeyPayload.of(fileKey, Digest.SHA256.of(associated))) {
            return key.wrap(payload);
        }
    }

    private static void requireUsefulSize(RsaKey key, String path) throws ProtectorException {
        if (key.bits() < OpensslProtectorFields.MIN_BITS || key.bits() > RsaKey.MAX_BITS) {
            throw new ProtectorException(
                    Reason.BAD_PARAMETER,
                    "the RSA key in " + path + " has " + key.bits() + " bits, not " + OpensslProtectorFields.MIN_BITS
                            + " to " + RsaKey.MAX_BITS,
                    "Make another one; openssl genrsa -aes256 2048 does.");
        }
    }

    @Override
    public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException {
        OpensslProtectorFields read = OpensslProtectorFields.of(fields);
        OpensslProtectorFields.wrapped(fields);
        try {
            PemKeyFile file = PemKeyFile.named(read.keyFile());
            boolean asks = needsPassphrase(file, read);
            try (Secret passphrase = asks ? ask(read.keyFile(), prompter) : Secret.allocate(0);
                    RsaKey key = file.load(passphrase)) {
                return unwrap(key, fields, context);
            }
        } catch (KeyModuleException e) {
            throw failure(e, Reason.KEY_MISSING);
        }
    }

    /**
     * Decrypts a file key.
     *
     * @throws ProtectorException KEY_MISSING if it is another RSA key, DAMAGED
     * @throws MalformedFieldException as {@link #unprotect}
     */
    static Secret unwrap(RsaKey key, JsonObject fields, ProtectorContext context)
            throws ProtectorException, MalformedFieldException {
        requireSameKey(key, OpensslProtectorFields.of(fields));
        byte[] associated = context.associated(TYPE, fields.without(OpensslProtectorFields.WRAPPED));
        try (Secret payload = key.unwrap(OpensslProtectorFields.wrapped(fields))) {
            return FileKeyPayload.fileKey(payload, Digest.SHA256.of(associated))
                    .orElseThrow(() -> new ProtectorException(
                            Reason.DAMAGED,
                            "the encrypted file key belongs to another key file or was changed",
                            RESTORE));
        } catch (KeyModuleException e) {
            throw new ProtectorException(
                    Reason.DAMAGED,
                    "the encrypted file key was not encrypted with RSA key " + key.signature() + ", or was changed",
                    RESTORE,
                    e);
        }
    }

    /**
     * Whether the PEM file is usable. The public key of one with a passphrase is not compared, since it is encrypted too.
     */
    @Override
    public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
        OpensslProtectorFields read = OpensslProtectorFields.of(fields);
        OpensslProtectorFields.wrapped(fields);
        try {
            requireUsable(read);
            return ProtectorState.usable(read.binding());
        } catch (KeyModuleException e) {
            return ProtectorState.unusable(read.binding(), failure(e, Reason.KEY_MISSING));
        } catch (ProtectorException e) {
            return ProtectorState.unusable(read.binding(), e);
        }
    }

    private static void requireUsable(OpensslProtectorFields read) throws KeyModuleException, ProtectorException {
        PemKeyFile file = PemKeyFile.named(read.keyFile());
        if (needsPassphrase(file, read)) {
            return;
        }
        try (Secret none = Secret.allocate(0);
                RsaKey key = file.load(none)) {
            requireSameKey(key, read);
        }
    }

    /** Whether a person has to give the passphrase; a file that had none when the file key was encrypted asks nobody. */
    private static boolean needsPassphrase(PemKeyFile file, OpensslProtectorFields read)
            throws KeyModuleException, ProtectorException {
        boolean encrypted = file.isEncrypted();
        if (encrypted && !read.encrypted()) {
            throw new ProtectorException(
                    Reason.NO_ANSWER,
                    "the RSA key in " + read.keyFile()
                            + " has a passphrase now, and had none when this protector was added",
                    "Restore the PEM file without a passphrase, or unlock with another protector and add this one again.");
        }
        return encrypted;
    }

    private static void requireSameKey(RsaKey key, OpensslProtectorFields read) throws ProtectorException {
        if (!key.publicKeyFingerprint().equals(read.publicKey())) {
            throw new ProtectorException(
                    Reason.KEY_MISSING,
                    read.keyFile() + " has another RSA key than the one with which the file key was encrypted",
                    "Restore the PEM file from a backup.");
        }
    }

    private static Secret passphrase(String path, boolean encrypted, ParameterValues values, Prompter prompter)
            throws KeyModuleException, ProtectorException {
        Secret given = PassphraseSource.in(values);
        if (given.size() > 0 || !encrypted) {
            return given;
        }
        given.close();
        return ask(path, prompter);
    }

    private static Secret ask(String path, Prompter prompter) throws ProtectorException {
        return prompter.ask(new Prompter.Question("Passphrase of the RSA key " + path, false));
    }

    /** @param unusable what it means that the PEM file cannot be used */
    private static ProtectorException failure(KeyModuleException e, Reason unusable) {
        Reason reason =
                switch (e.reason()) {
                    case KEY_NOT_FOUND -> Reason.KEY_MISSING;
                    case AUTHENTICATION -> Reason.WRONG_SECRET;
                    case BAD_PARAMETER, BAD_DATA, KEY_UNUSABLE, UNSUPPORTED -> unusable;
                    case TIMED_OUT -> Reason.TIMED_OUT;
                    case SERVICE_UNAVAILABLE, BUSY -> Reason.UNAVAILABLE;
                    case NOT_READY -> Reason.NOT_READY;
                    case WRONG_PCR_STATE, FAILED -> Reason.FAILED;
                };
        return ProtectorException.of(reason, e);
    }
}
