package org.ecryptfsj.keymodule.openssl;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/** The path of a key file: given by {@code openssl_keyfile}, by default that of the C module (docs/spec/auth-tok.md, section 7). */
final class KeyFileLocation {
    static final String PARAMETER = "openssl_keyfile";

    private KeyFileLocation() {}

    /** The default path, below the home directory in the password database. */
    static String defaultPath() {
        try {
            return Account.current()
                    .home()
                    .resolve(".ecryptfs/pki/openssl/key.pem")
                    .toString();
        } catch (LinuxException e) {
            throw new UncheckedIOException("the user's home directory is unknown", e);
        }
    }

    /**
     * The path that these values give, made absolute, because the daemon has another working directory.
     *
     * @throws KeyModuleException BAD_PARAMETER if it is not a valid file name
     */
    static String of(ParameterValues values) throws KeyModuleException {
        Path named = PemKeyFile.named(values.text(PARAMETER).orElseGet(KeyFileLocation::defaultPath))
                .path();
        return named.toAbsolutePath().toString();
    }
}
