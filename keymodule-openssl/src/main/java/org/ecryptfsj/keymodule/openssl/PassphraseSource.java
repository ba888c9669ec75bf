package org.ecryptfsj.keymodule.openssl;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.options.PassphraseFile;

/** The parameters that give a key file's passphrase. Without any it is empty, as for a file that is not encrypted. */
final class PassphraseSource {
    static final String ITSELF = "openssl_passwd";
    static final String IN_FILE = "openssl_passwd_file";
    static final String IN_DESCRIPTOR = "openssl_passwd_fd";

    /** The name of an environment variable. The C module does not have this parameter. */
    static final String IN_ENVIRONMENT = "openssl_passwd_env";

    static final List<String> ALL = List.of(ITSELF, IN_FILE, IN_DESCRIPTOR, IN_ENVIRONMENT);

    private static final PassphraseFile FILES = new PassphraseFile(ITSELF, List.of(ITSELF));

    private PassphraseSource() {}

    /**
     * The passphrase.
     *
     * @return empty if none is given; closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if it cannot be read
     */
    static Secret in(ParameterValues values) throws KeyModuleException {
        Optional<Secret> itself = values.secret(ITSELF);
        if (itself.isPresent()) {
            return itself.get().copy();
        }
        Optional<String> file = values.text(IN_FILE);
        if (file.isPresent()) {
            return FILES.read(file.get());
        }
        Optional<String> descriptor = values.text(IN_DESCRIPTOR);
        if (descriptor.isPresent()) {
            return FILES.readDescriptor(descriptor.get());
        }
        Optional<String> variable = values.text(IN_ENVIRONMENT);
        if (variable.isPresent()) {
            return inEnvironment(variable.get());
        }
        return Secret.allocate(0);
    }

    /** The environment is on the heap already. */
    private static Secret inEnvironment(String variable) throws KeyModuleException {
        String value = System.getenv(variable);
        if (value == null) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "the environment variable " + variable + " of " + IN_ENVIRONMENT + " is not set",
                    "Export it in the process that starts the mount; sudo passes it on with --preserve-env=" + variable
                            + ".");
        }
        return Secret.takeBytes(value.getBytes(StandardCharsets.UTF_8));
    }
}
