package org.ecryptfsj.tools.passphrase;

import java.nio.file.Path;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;

/** The salt of a user's passphrases: that of {@code ~/.ecryptfsrc}, otherwise the default salt. */
final class ConfiguredSalt {
    private ConfiguredSalt() {}

    /**
     * As in the C tools, a file that cannot be used is ignored. A warning is printed, because the resulting key can
     * differ.
     */
    static Salt of(Path home) {
        return of(home, LinuxPlatform.INSTANCE);
    }

    /** The same, with the file read by a platform. */
    static Salt of(Path home, Platform platform) {
        try {
            return platform.salt(home);
        } catch (ToolFailure e) {
            System.err.println("warning: " + e.getMessage() + "; using the default salt " + Salt.DEFAULT.hex());
            return Salt.DEFAULT;
        }
    }
}
