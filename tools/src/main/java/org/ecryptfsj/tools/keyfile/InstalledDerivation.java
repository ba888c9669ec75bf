package org.ecryptfsj.tools.keyfile;

import org.ecryptfsj.keyfile.KeyDerivation;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.tools.command.ToolFailure;

/** The derivation of mount keys from passphrases, by the installed key module. */
final class InstalledDerivation {
    private InstalledDerivation() {}

    /**
     * The derivation.
     *
     * @throws ToolFailure EIO if the module is not installed
     */
    static KeyDerivation of(KeyModules modules) throws ToolFailure {
        return KeyDerivation.of(modules.byAlias("passphrase")
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EIO, "the passphrase key module is not installed", "reinstall ecryptfsj")));
    }
}
