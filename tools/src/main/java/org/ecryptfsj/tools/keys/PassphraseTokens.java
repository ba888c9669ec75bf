package org.ecryptfsj.tools.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.options.OptionList;
import org.ecryptfsj.options.PassphraseFile;
import org.ecryptfsj.tools.command.ToolFailure;

/** Creates tokens from passphrases with the passphrase key module (docs/spec/auth-tok.md, section 2). */
public final class PassphraseTokens {
    /** The format of a file with a mount passphrase, as for the mount option passphrase_passwd_file. */
    public static final PassphraseFile FILE =
            new PassphraseFile("passphrase_passwd", List.of("passwd", "passphrase_passwd"));

    private static final int SALT_DIGITS = 16;

    private final KeyModule module;

    /** @throws ToolFailure if the passphrase key module is not installed */
    public PassphraseTokens(KeyModules modules) throws ToolFailure {
        Optional<KeyModule> passphrase = modules.byAlias("passphrase");
        module = passphrase.orElseThrow(
                () -> new ToolFailure(1, "the passphrase key module is not installed", "reinstall ecryptfsj"));
    }

    /** Derives the token of a passphrase.
     *
     * @param passphrase 1 to 64 bytes; is not closed
     * @return to be closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if the passphrase is empty or too long
     */
    public AuthTok.Password derive(Secret passphrase, Salt salt) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues()) {
            values.add("passphrase_passwd", passphrase.copy()).add("passphrase_salt", salt.hex());
            return (AuthTok.Password)
                    AuthTok.of(module.alias(), (TokenContents.Passphrase) module.tokenContents(values));
        }
    }

    /**
     * The salt in {@code ~/.ecryptfsrc}, otherwise the default salt. As in the C tools, a value without 16 hex digits
     * is ignored.
     *
     * @throws ToolFailure if the file exists but cannot be read
     */
    public static Salt saltOf(Path home) throws ToolFailure {
        return saltOf(home, OptionList::read);
    }

    /** Reads a file of options. */
    @FunctionalInterface
    public interface OptionReader {
        /** @return closed by the caller */
        OptionList read(Path file) throws IOException, KeyModuleException;
    }

    /**
     * The same, with the file read by another reader.
     *
     * @throws ToolFailure if the file exists but cannot be read
     */
    public static Salt saltOf(Path home, OptionReader reader) throws ToolFailure {
        Path rc = home.resolve(".ecryptfsrc");
        if (!Files.exists(rc)) {
            return Salt.DEFAULT;
        }
        try (OptionList options = reader.read(rc)) {
            return saltIn(options, rc);
        } catch (IOException | KeyModuleException e) {
            throw new ToolFailure(
                    ToolFailure.EINVAL, rc + " cannot be used: " + e.getMessage(), "correct or remove the file");
        }
    }

    private static Salt saltIn(OptionList options, Path rc) throws KeyModuleException {
        options.requireVisibleValues(rc.toString());
        return options.secret("salt")
                .map(s -> StandardCharsets.UTF_8.decode(s.buffer()).toString().toLowerCase(Locale.ROOT))
                .filter(s -> s.matches("[0-9a-f]{" + SALT_DIGITS + "}"))
                .map(Salt::new)
                .orElse(Salt.DEFAULT);
    }
}
