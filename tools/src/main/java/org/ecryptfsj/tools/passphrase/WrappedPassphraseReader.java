package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;

/** Unwraps a passphrase for the commands of other packages. */
public final class WrappedPassphraseReader {
    private WrappedPassphraseReader() {}

    /** Unwraps the passphrase in a wrapped-passphrase file.
     *
     * @param file path of the file
     * @param wrapping the wrapping passphrase; is not closed
     * @return to be closed by the caller
     * @throws ToolFailure if the file cannot be read or is not a wrapped passphrase, or the wrapping passphrase is
     * wrong
     */
    public static Secret read(String file, Secret wrapping, KeyModules modules) throws ToolFailure, IOException {
        WrappedPassphraseFile wrapped = PassphraseDialogue.file(file);
        try {
            return new PassphraseWrapper(
                            new PassphraseTokens(modules), Account.current().home())
                    .unwrap(wrapped.read(), wrapping, wrapped.name());
        } catch (PassphraseFailure e) {
            throw e.toToolFailure();
        }
    }
}
