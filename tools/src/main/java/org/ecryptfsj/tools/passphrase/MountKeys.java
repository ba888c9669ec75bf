package org.ecryptfsj.tools.passphrase;

import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.keys.TokenKeyring;

/**
 * Adds the two keys of a passphrase to the user keyring: the key for file contents (FEKEK) and the key for file names
 * (FNEK) (docs/spec/auth-tok.md, sections 2 and 3).
 */
final class MountKeys {
    private final UserKeyring keyring = new TokenKeyring().keyring();
    private final PassphraseTokens tokens;
    private final Path home;

    /** @param home directory whose {@code .ecryptfsrc} can set a salt */
    MountKeys(PassphraseTokens tokens, Path home) {
        this.tokens = tokens;
        this.home = home;
    }

    /** The line that the C tools print for a key in the keyring. */
    static String inserted(Signature signature) {
        return "Inserted auth tok with sig [" + signature + "] into the user session keyring";
    }

    /**
     * Adds the key for file contents, unless the keyring has it.
     *
     * @throws PassphraseFailure EINVAL if the passphrase is empty, otherwise the error of the keyring
     */
    Signature addFekek(Secret passphrase) throws PassphraseFailure {
        return add(passphrase, ConfiguredSalt.of(home));
    }

    /**
     * Adds the key for file names, unless the keyring has it.
     *
     * @throws PassphraseFailure EINVAL if the passphrase is empty, otherwise the error of the keyring
     */
    Signature addFnek(Secret passphrase) throws PassphraseFailure {
        return add(passphrase, Salt.FNEK);
    }

    private Signature add(Secret passphrase, Salt salt) throws PassphraseFailure {
        try (AuthTok.Password tok = tokens.derive(passphrase, salt)) {
            keyring.add(tok);
            return tok.signature();
        } catch (KeyModuleException e) {
            throw new PassphraseFailure(Errno.EINVAL, e.getMessage(), e.advice());
        } catch (LinuxException e) {
            throw new PassphraseFailure(
                    e.errno(),
                    e.errno() == Errno.EDQUOT
                            ? "your keyring is full"
                            : "cannot add the key to your keyring: " + e.getMessage(),
                    "remove unused keys (keyctl show @u, keyctl unlink), or ask root to raise"
                            + " /proc/sys/kernel/keys/maxbytes");
        }
    }
}
