package org.ecryptfsj.tools.passphrase;

import java.nio.file.Path;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;

/** The salt of a user's passphrases: that of {@code ~/.ecryptfsrc}, otherwise the default salt. */
final class ConfiguredSalt {
    private ConfiguredSalt() {}

    /**
     * As in the C tools, a file that cannot be used is ignored. A warning is printed, because the resulting key can
     * differ.
     */
    static Salt of(Path home) {
        try {
            return PassphraseTokens.saltOf(home);
        } catch (ToolFailure e) {
            System.err.println("warning: " + e.getMessage() + "; using the default salt " + Salt.DEFAULT.hex());
            return Salt.DEFAULT;
        }
    }
}
