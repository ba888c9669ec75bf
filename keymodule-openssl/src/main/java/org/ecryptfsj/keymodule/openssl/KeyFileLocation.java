package org.ecryptfsj.keymodule.openssl;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/** Where a key file is: as {@code openssl_keyfile} says, else where the C module looks (docs/spec/auth-tok.md, section 7). */
final class KeyFileLocation {
    static final String PARAMETER = "openssl_keyfile";

    private KeyFileLocation() {}

    /** The usual place, below the home directory of the password database. */
    static String usual() {
        try {
            return Account.current()
                    .home()
                    .resolve(".ecryptfs/pki/openssl/key.pem")
                    .toString();
        } catch (LinuxException e) {
            throw new UncheckedIOException("the home directory is not known", e);
        }
    }

    /**
     * The place that these values name, made absolute: the daemon works in another directory.
     *
     * @throws KeyModuleException BAD_PARAMETER if that cannot be the name of a file
     */
    static String of(ParameterValues values) throws KeyModuleException {
        Path named = PemKeyFile.named(values.text(PARAMETER).orElseGet(KeyFileLocation::usual))
                .path();
        return named.toAbsolutePath().toString();
    }
}
