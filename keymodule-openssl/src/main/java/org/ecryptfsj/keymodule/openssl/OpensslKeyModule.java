package org.ecryptfsj.keymodule.openssl;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.Parameter.Choice;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;

/**
 * RSA keys in PEM files, alias {@code openssl}: each file key is encrypted with the public key (docs/spec/mount.md, section
 * 3, openssl; auth-tok.md, sections 4 to 6). Tokens and encrypted file keys have the C module's formats.
 *
 * <p>The token contains the key file's passphrase in clear, see {@link KeyFileBlob}: the daemon uses it to open the file for each
 * request. So no key is cached (OpenSSL's libcrypto, if installed, has it during a request), {@link #lock()} has nothing to
 * wipe, and a removed or changed key file is noticed by the next request. Reading it takes far less time than decryption.
 */
public final class OpensslKeyModule implements KeyModule {
    private static final String SOURCE = "openssl_keysource";
    private static final String KEY_FILE_SOURCE = "keyfile";
    private static final String METHOD = "openssl_passwd_specification_method";

    @Override
    public String alias() {
        return "openssl";
    }

    @Override
    public List<Parameter> parameters() {
        String passphrase = PassphraseSource.ITSELF;
        String file = PassphraseSource.IN_FILE;
        String descriptor = PassphraseSource.IN_DESCRIPTOR;
        return List.of(
                Parameter.optional(SOURCE).withAliases("keysource").withDefault(KEY_FILE_SOURCE),
                Parameter.asked(KeyFileLocation.PARAMETER, "PEM key file", true)
                        .withAliases("keyfile")
                        .withSuggestion(KeyFileLocation.defaultPath()),
                Parameter.chosen(
                                METHOD,
                                "Method of providing the passphrase",
                                new Choice(passphrase, "Enter on Console"),
                                new Choice(file, "File Containing Passphrase"),
                                new Choice(descriptor, "File Descriptor for File Containing Passphrase"))
                        .withAliases("passwd_specification_method")
                        .withSuggestion(passphrase)
                        .withAlternatives(PassphraseSource.ALL.toArray(new String[0])),
                Parameter.asked(passphrase, "Passphrase", false)
                        .withAliases("passwd")
                        .ifChosenBy(METHOD),
                Parameter.asked(file, "Passphrase File", true)
                        .withAliases("passwd_file")
                        .ifChosenBy(METHOD),
                Parameter.asked(descriptor, "Passphrase File Descriptor", true)
                        .withAliases("passwd_fd")
                        .ifChosenBy(METHOD),
                Parameter.optional(PassphraseSource.IN_ENVIRONMENT));
    }

    /**
     * The token of a key file. The key file is opened, so that a wrong passphrase is found when mounting.
     *
     * @throws KeyModuleException KEY_NOT_FOUND, AUTHENTICATION, BAD_PARAMETER, BAD_DATA, UNSUPPORTED
     */
    @Override
    public TokenContents tokenContents(ParameterValues values) throws KeyModuleException {
        String source = values.text(SOURCE).orElse(KEY_FILE_SOURCE);
        if (!source.equals(KEY_FILE_SOURCE)) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    SOURCE + "=" + source + " is not known",
                    "Omit it: keys are always in a key file.");
        }
        String path = KeyFileLocation.of(values);
        try (KeyFileBlob named = new KeyFileBlob(path, PassphraseSource.in(values))) {
            try (RsaKey key = PemKeyFile.named(path).load(named.passphrase())) {
                requireUsefulSize(key, path);
                return new TokenContents.ModuleKey(key.signature(), named.blob());
            }
        }
    }

    private static void requireUsefulSize(RsaKey key, String path) throws KeyModuleException {
        if (key.bits() > RsaKey.MAX_BITS || key.maxKeyBytes() < 1) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "the RSA key in " + path + " has " + key.bits() + " bits, which is too "
                            + (key.bits() > RsaKey.MAX_BITS ? "much for the kernel" : "few for any file key"),
                    "Use a key of 2048 to " + RsaKey.MAX_BITS + " bits.");
        }
    }

    @Override
    public OptionalInt maxKeyBytes(KeyBlob blob) throws KeyModuleException {
        try (RsaKey key = key(blob)) {
            return OptionalInt.of(key.maxKeyBytes());
        }
    }

    @Override
    public byte[] wrap(KeyBlob blob, Secret payload) throws KeyModuleException {
        try (RsaKey key = key(blob)) {
            return key.wrap(payload);
        }
    }

    @Override
    public Secret unwrap(KeyBlob blob, byte[] encryptedKey) throws KeyModuleException {
        try (RsaKey key = key(blob)) {
            return key.unwrap(encryptedKey);
        }
    }

    private static RsaKey key(KeyBlob blob) throws KeyModuleException {
        try (KeyFileBlob named = KeyFileBlob.parse(blob)) {
            return PemKeyFile.named(named.path()).load(named.passphrase());
        }
    }

    @Override
    public Optional<KeyGenerator> generator() {
        return Optional.of(new OpensslKeyGenerator());
    }
}
