package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;

/** How other commands get at a passphrase that a file keeps. */
public final class WrappedPassphraseReader {
    private WrappedPassphraseReader() {}

    /**
     * The passphrase in a wrapped-passphrase file.
     *
     * @param file its name
     * @param wrapping stays the caller's
     * @return closed by the caller
     * @throws ToolFailure if the file is none or cannot be read, or the wrapping passphrase is not its own
     */
    public static Secret passphrase(String file, Secret wrapping, KeyModules modules) throws ToolFailure, IOException {
        WrappedPassphraseFile wrapped = PassphraseDialogue.file(file);
        try {
            return new PassphraseWrapper(new PassphraseTokens(modules), Account.current().home())
                    .unwrap(wrapped.read(), wrapping, wrapped.name());
        } catch (PassphraseFailure e) {
            throw e.toToolFailure();
        }
    }
}
