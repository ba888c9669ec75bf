package org.ecryptfsj.tools.passphrase;

import java.nio.file.Path;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;

/** The salt of a user's passphrases: the one {@code ~/.ecryptfsrc} names, else the default one. */
final class ConfiguredSalt {
    private ConfiguredSalt() {}

    /** Like the C tools, passes over a file that cannot be used; but says so, since the key may become another one. */
    static Salt of(Path home) {
        try {
            return PassphraseTokens.saltOf(home);
        } catch (ToolFailure e) {
            System.err.println("warning: " + e.getMessage() + "; the salt is " + Salt.DEFAULT.hex());
            return Salt.DEFAULT;
        }
    }
}
