package org.ecryptfsj.keymodule.passphrase;

import java.util.List;
import java.util.Locale;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.options.PassphraseFile;

/**
 * Keys derived from a passphrase, alias {@code passphrase} (docs/spec/mount.md, section 3). The passphrase is given directly, in
 * a file of options, or in such a file as an open descriptor.
 */
public final class PassphraseKeyModule implements KeyModule {
    private static final String PASSPHRASE = "passphrase_passwd";
    private static final String FILE = "passphrase_passwd_file";
    private static final String DESCRIPTOR = "passphrase_passwd_fd";
    private static final String SALT = "passphrase_salt";

    private static final PassphraseFile FILES = new PassphraseFile(PASSPHRASE, List.of("passwd", PASSPHRASE));

    private static final List<Parameter> PARAMETERS = List.of(
            Parameter.asked(PASSPHRASE, "Passphrase", false)
                    .withAliases("passwd")
                    .withAlternatives(FILE, DESCRIPTOR),
            Parameter.optional(FILE).withAliases("passfile"),
            Parameter.optional(DESCRIPTOR).withAliases("passfd"),
            Parameter.optional(SALT).withAliases("salt").withDefault(Salt.DEFAULT.hex()));

    @Override
    public String alias() {
        return "passphrase";
    }

    @Override
    public List<Parameter> parameters() {
        return PARAMETERS;
    }

    @Override
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        Salt salt = salt(values);
        try (Secret passphrase = passphrase(values)) {
            return PassphraseKdf.derive(passphrase, salt);
        }
    }

    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        throw unsupported();
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        throw unsupported();
    }

    private static Secret passphrase(ParameterValues values) throws KeyModuleException {
        if (values.secret(PASSPHRASE).isPresent()) {
            return values.secret(PASSPHRASE).get().copy();
        }
        if (values.text(FILE).isPresent()) {
            return FILES.read(values.text(FILE).get());
        }
        if (values.text(DESCRIPTOR).isPresent()) {
            return FILES.readDescriptor(values.text(DESCRIPTOR).get());
        }
        throw new KeyModuleException(
                Reason.BAD_PARAMETER,
                "no passphrase is given",
                "Give one of passphrase_passwd, passphrase_passwd_file and passphrase_passwd_fd.");
    }

    private static Salt salt(ParameterValues values) throws KeyModuleException {
        String given = values.text(SALT).orElse(Salt.DEFAULT.hex());
        try {
            return new Salt(given.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "passphrase_salt=" + given + " is not a salt",
                    "Give 16 hex digits; without this option the salt is " + Salt.DEFAULT.hex() + ".",
                    0,
                    e);
        }
    }

    private static KeyModuleException unsupported() {
        return new KeyModuleException(
                Reason.UNSUPPORTED,
                "the kernel itself encrypts file keys with passphrases",
                "A program has added a private key token with the alias passphrase: find and correct it.");
    }
}
