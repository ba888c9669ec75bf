package org.ecryptfsj.keyfile;

import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;

/** Makes a FEKEK and its signature of a passphrase (docs/spec/auth-tok.md, section 2). */
@FunctionalInterface
public interface KeyDerivation {
    /**
     * The key of a passphrase.
     *
     * @param passphrase 1 to 64 bytes; stays the caller's
     * @return closed by the caller
     * @throws KeyModuleException if the key module refuses it
     */
    TokenContents.Passphrase derive(Secret passphrase, Salt salt) throws KeyModuleException;

    /**
     * The derivation of the key module {@code passphrase}.
     *
     * @param module of the alias {@code passphrase}
     */
    static KeyDerivation of(KeyModule module) {
        return (passphrase, salt) -> {
            try (ParameterValues values = new ParameterValues()) {
                values.add("passphrase_passwd", passphrase.copy()).add("passphrase_salt", salt.hex());
                return (TokenContents.Passphrase) module.tokenContents(values);
            }
        };
    }
}
