package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.List;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;

/** Unwraps a passphrase for the commands of other packages. */
public final class WrappedPassphraseReader {
    private WrappedPassphraseReader() {}

    /** Unwraps the passphrase in a file that contains one.
     *
     * @param file path of the file
     * @param wrapping the wrapping passphrase; is not closed
     * @return to be closed by the caller
     * @throws ToolFailure if the file cannot be read, is not a wrapped passphrase or contains two, or the wrapping
     * passphrase is wrong
     */
    public static Secret read(String file, Secret wrapping, KeyModules modules) throws ToolFailure, IOException {
        WrappedPassphraseFile wrapped = PassphraseDialogue.file(file);
        try {
            return wrapper(modules, LinuxPlatform.INSTANCE).unwrap(wrapped.read(), wrapping, wrapped.name());
        } catch (PassphraseFailure e) {
            throw e.toToolFailure();
        }
    }

    /** Unwraps the passphrases in a file with one or two.
     *
     * @param file path of the file
     * @param wrapping the wrapping passphrase of both; is not closed
     * @param platform reads the file
     * @return one, or that for contents and that for file names; each to be closed by the caller
     * @throws ToolFailure if the file cannot be read or is not a wrapped passphrase, or the wrapping passphrase is
     * wrong
     */
    public static List<Secret> readAll(String file, Secret wrapping, KeyModules modules, Platform platform)
            throws ToolFailure, IOException {
        WrappedPassphraseFile wrapped = PassphraseDialogue.file(file, platform);
        try {
            return wrapper(modules, platform).unwrapAll(wrapped.readAll(), wrapping, wrapped.name());
        } catch (PassphraseFailure e) {
            throw e.toToolFailure();
        }
    }

    /** The versions of the wrapped passphrases in a file; nothing is unwrapped.
     *
     * @param file content of the file
     * @param name the file's name, for messages
     * @return one, or that of the passphrase for contents and that for file names
     * @throws ToolFailure if it is not a wrapped passphrase
     */
    public static List<Integer> versions(byte[] file, String name) throws ToolFailure {
        try {
            return WrappedPassphrases.parse(file, name).stream()
                    .map(WrappedPassphrase::version)
                    .toList();
        } catch (PassphraseFailure e) {
            throw e.toToolFailure();
        }
    }

    private static PassphraseWrapper wrapper(KeyModules modules, Platform platform) throws ToolFailure, IOException {
        return new PassphraseWrapper(new PassphraseTokens(modules), platform.home(), platform);
    }
}
