package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.keys.SealedPassphrase;

/**
 * Creates the token for a {@code key=module:name=value:...} option and asks for missing parameters
 * (docs/spec/mount.md, section 3).
 */
final class MountKeyResolver {
    private final KeyQuestions keys;
    private final MountRequest request;

    /** @param questions empty if questions are not allowed */
    MountKeyResolver(KeyModules modules, MountRequest request, Optional<Questions> questions) {
        this.keys = new KeyQuestions(modules, questions);
        this.request = request;
    }

    /**
     * Asks which key module to use, unless there is only one, and creates the token.
     *
     * @return to be closed by the caller
     */
    AuthTok chooseModule() throws ToolFailure, IOException {
        KeyModule module = keys.choose()
                .orElseThrow(() -> MountSettings.missing(
                        "key=", "such as key=tspi:tspi_uuid=UUID or key=passphrase:passphrase_passwd_file=FILE"));
        return checked(module, keys.token(module, this::fromMountOptions));
    }

    /**
     * Creates the token, which the caller closes.
     *
     * @throws ToolFailure if there is no such module, a parameter is unknown or missing, or the module fails
     */
    AuthTok token(Option key) throws ToolFailure, IOException {
        return checked(keys.module(key.text()), keys.token(key, this::fromMountOptions));
    }

    /**
     * Creates the token of the sealed recovery passphrase, the second key of the mount.
     *
     * @param sealer the token of the sealing key; is not closed
     * @return to be closed by the caller
     * @throws ToolFailure if the token does not belong to a key module, or the key cannot unseal the file
     */
    AuthTok recovery(AuthTok sealer, Path file) throws ToolFailure, IOException {
        if (!(sealer instanceof AuthTok.PrivateKey key)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "a passphrase key cannot seal a recovery passphrase",
                    "use ecryptfs_recovery= with key=tspi, or add a second key=passphrase");
        }
        if (!Files.exists(file)) {
            throw new ToolFailure(
                    ToolFailure.ENOENT,
                    "the recovery file " + file + " does not exist",
                    "restore it, or omit ecryptfs_recovery=; new files then open with the first key only");
        }
        return SealedPassphrase.read(file).token(keys.module(key.alias()), key.blob(), keys.module("passphrase"));
    }

    private Optional<Secret> fromMountOptions(Parameter parameter) {
        return request.options(parameter.names().toArray(new String[0])).stream()
                .findFirst()
                .flatMap(Option::value);
    }

    private AuthTok checked(KeyModule module, AuthTok token) throws ToolFailure {
        boolean fits = false;
        try {
            requireFileKeyFits(module, token);
            fits = true;
            return token;
        } finally {
            if (!fits) {
                token.close();
            }
        }
    }

    /** Refuses a size of file keys that this key cannot encrypt: creating a file would always fail. */
    private void requireFileKeyFits(KeyModule module, AuthTok token) throws ToolFailure {
        Optional<String> keyBytes = request.text("ecryptfs_key_bytes").filter(text -> text.matches("[0-9]{1,3}"));
        if (keyBytes.isEmpty() || !(token instanceof AuthTok.PrivateKey key)) {
            return;
        }
        try {
            OptionalInt most = module.maxKeyBytes(key.blob());
            if (most.isPresent() && most.getAsInt() < Integer.parseInt(keyBytes.get())) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "key " + token.signature() + " is too short to encrypt file keys of " + keyBytes.get()
                                + " bytes",
                        "use ecryptfs_key_bytes up to " + most.getAsInt() + ", or use a longer key");
            }
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }
}
