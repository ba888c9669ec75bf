package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileFailures;
import org.ecryptfsj.tools.keyfile.KeyFileTokens;
import org.ecryptfsj.tools.keyfile.StandardInputPrompter;
import org.ecryptfsj.tools.keyfile.TerminalPrompter;
import org.ecryptfsj.tools.platform.Platform;

/**
 * The keys of a key file on a platform: without native functions, a passphrase or the recovery code opens it.
 *
 * @param terminal where a person is asked without native functions
 */
record KeyFileKeys(Platform platform, Terminal terminal) {
    /**
     * Unlocks a key file by the first protector that works. A person is asked where a protector needs it.
     *
     * @param argument path of the file; with native functions also its name in the usual directory
     * @param modules with the one that derives keys from passphrases
     * @return closed by the caller, each token
     * @throws ToolFailure EPERM if it stays locked; else as the file is
     */
    List<AuthTok> of(String argument, KeyModules modules) throws ToolFailure, IOException {
        if (platform.isNative()) {
            return KeyFileTokens.unlock(argument, modules);
        }
        Path path = ByteText.path(argument);
        Prompter prompter =
                terminal.isInteractive() ? new TerminalPrompter(terminal) : new StandardInputPrompter(terminal);
        try (Protectors protectors = Protectors.load(Optional.empty())) {
            return KeyFileTokens.unlock(path, content(path), modules, protectors, prompter);
        }
    }

    private byte[] content(Path path) throws ToolFailure {
        try {
            return platform.read(path, KeyFile.MOST_BYTES + 1).bytes();
        } catch (IOException e) {
            throw KeyFileFailures.of(path, e);
        }
    }
}
