package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.MountKeys;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.Unlocker;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.InstalledProtectors;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;

/** The keys of a key file as tokens, for the mount and for commands that read files without one. */
public final class KeyFileTokens {
    private KeyFileTokens() {}

    /**
     * Unlocks a key file by the first protector that works. A person is asked where a protector needs it.
     *
     * @param argument path of the file, or its name in the usual directory
     * @param modules with the one that derives keys from passphrases
     * @return closed by the caller, each token
     * @throws ToolFailure EPERM if it stays locked; else as the file is
     */
    public static List<AuthTok> unlock(String argument, KeyModules modules) throws ToolFailure, IOException {
        Path path = KeyFilePath.of(argument, Account.current());
        try (Protectors protectors = InstalledProtectors.load()) {
            return unlock(path, modules, protectors, file -> Prompters.choose(false, file));
        }
    }

    /** @param prompters asks a person about the key file of that path */
    static List<AuthTok> unlock(
            Path path, KeyModules modules, Protectors protectors, Function<Path, Prompter> prompters)
            throws ToolFailure {
        return tokens(path, read(path), modules, protectors, prompters.apply(path));
    }

    /**
     * Unlocks a key file by the first of these protectors that works, where native functions cannot be called.
     *
     * @param path of the file, for messages
     * @param bytes of the file
     * @return closed by the caller, each token
     * @throws ToolFailure EPERM if it stays locked; else as the file is
     */
    public static List<AuthTok> unlock(
            Path path, byte[] bytes, KeyModules modules, Protectors protectors, Prompter prompter) throws ToolFailure {
        try {
            return tokens(path, KeyFile.parse(bytes), modules, protectors, prompter);
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(path, e);
        }
    }

    private static List<AuthTok> tokens(
            Path path, KeyFile file, KeyModules modules, Protectors protectors, Prompter prompter) throws ToolFailure {
        Unlocked unlocked = unlock(path, file, modules, protectors, prompter);
        unlocked.renewal().ifPresent(KeyFileRenewal::close);
        return unlocked.tokens();
    }

    /**
     * Unlocks a key file that was read.
     *
     * @param path of the file, for messages
     * @param prompter asks a person where a protector needs it
     * @throws ToolFailure EPERM if it stays locked; else as the file is
     */
    public static Unlocked unlock(Path path, KeyFile file, KeyModules modules, Protectors protectors, Prompter prompter)
            throws ToolFailure {
        Unlocker unlocker = new Unlocker(protectors, prompter, new UnlockReport(System.err));
        try (Unlocker.Unlocked unlocked = unlocker.unlock(file);
                MountKeys keys = unlocked.file().keys(InstalledDerivation.of(modules))) {
            Optional<KeyFileRenewal> renewal = renewal(path, file, unlocked, protectors);
            return new Unlocked(of(keys), unlocked.protector(), renewal);
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(path, e);
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        } catch (LibcryptoMissingException e) {
            throw KeyFileFailures.of(e);
        }
    }

    private static Optional<KeyFileRenewal> renewal(
            Path path, KeyFile file, Unlocker.Unlocked unlocked, Protectors protectors) throws KeyFileException {
        return TemporaryProtectors.of(file, protectors).isEmpty()
                ? Optional.empty()
                : Optional.of(new KeyFileRenewal(
                        path, file, file.unlock(unlocked.file().fileKey())));
    }

    /**
     * What an unlocked key file gave.
     *
     * @param tokens of the mount's keys; closed by the caller, each one
     * @param protector that gave the file key
     * @param renewal what is to be done with the key file once it is mounted; closed by the caller
     */
    public record Unlocked(List<AuthTok> tokens, ProtectorEntry protector, Optional<KeyFileRenewal> renewal) {}

    /**
     * Reads a key file without unlocking it.
     *
     * @throws ToolFailure if it is missing, damaged, or can be changed by other users
     */
    public static KeyFile read(Path path) throws ToolFailure {
        try {
            return new KeyFileStore().read(path);
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(path, e);
        } catch (IOException e) {
            throw KeyFileFailures.of(e);
        }
    }

    /**
     * The tokens of a mount's keys, with copies of the keys: one for the contents, and one for the names if they have another
     * key.
     *
     * @return closed by the caller, each token
     */
    static List<AuthTok> of(MountKeys keys) {
        List<AuthTok> tokens = new ArrayList<>();
        tokens.add(token(keys.content()));
        keys.names()
                .filter(names -> !names.signature().equals(keys.content().signature()))
                .ifPresent(names -> tokens.add(token(names)));
        return List.copyOf(tokens);
    }

    private static AuthTok token(TokenContents.Passphrase key) {
        return new AuthTok.Password(key.signature(), key.fekek().copy(), key.salt());
    }
}
