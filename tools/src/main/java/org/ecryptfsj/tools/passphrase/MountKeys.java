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
 * The two keys a passphrase gives, in the user keyring: the one for files (FEKEK) and the one for file names (FNEK) (docs/spec/auth-tok.md, sections 2 and 3).
 */
final class MountKeys {
    private final UserKeyring keyring = new TokenKeyring().keyring();
    private final PassphraseTokens tokens;
    private final Path home;

    /** @param home where {@code .ecryptfsrc} may name a salt */
    MountKeys(PassphraseTokens tokens, Path home) {
        this.tokens = tokens;
        this.home = home;
    }

    /** What the C tools print for a key that is in the keyring. */
    static String inserted(Signature signature) {
        return "Inserted auth tok with sig [" + signature + "] into the user session keyring";
    }

    /**
     * Adds the key for files, if it is not there.
     *
     * @throws PassphraseFailure EINVAL if the passphrase is empty, else what the keyring says
     */
    Signature addFekek(Secret passphrase) throws PassphraseFailure {
        return add(passphrase, ConfiguredSalt.of(home));
    }

    /**
     * Adds the key for file names, if it is not there.
     *
     * @throws PassphraseFailure EINVAL if the passphrase is empty, else what the keyring says
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
                            : "the key cannot be added to your keyring: " + e.getMessage(),
                    "remove keys you do not need (keyctl show @u, keyctl unlink), or have"
                            + " /proc/sys/kernel/keys/maxbytes raised");
        }
    }
}
