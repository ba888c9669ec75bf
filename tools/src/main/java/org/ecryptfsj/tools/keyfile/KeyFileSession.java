package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ecryptfsj.keyfile.KeyDerivation;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockFailure;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.Unlocker;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.InstalledProtectors;
import org.ecryptfsj.tools.command.SecretOutput;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.TokenKeyring;

/** A key file, the protectors and key modules that work with it, and the person who is asked. */
final class KeyFileSession implements AutoCloseable {
    private final KeyFileStore store = new KeyFileStore();
    private final Account account;
    private final Path path;
    private final Environment environment;
    private final Prompter prompter;
    private final Protectors protectors;
    private Optional<KeyModules> modules = Optional.empty();

    /**
     * How people are asked, and what is installed.
     *
     * @param prompters asks for passphrases and codes of a key file
     * @param terminal asks for a yes or no; empty without a terminal
     * @param secrets where secrets are printed that a person asked for; unbuffered
     * @param protectors those that are installed
     * @param keyring receives the tokens of a key file's keys
     */
    record Environment(
            Function<Path, Prompter> prompters,
            Supplier<Optional<Terminal>> terminal,
            Supplier<OutputStream> secrets,
            Installed<Protectors> protectors,
            TokenReceiver keyring) {
        /** Of this process and this machine. */
        static Environment ofThisMachine() {
            return new Environment(
                    file -> Prompters.choose(false, file),
                    Terminal::controlling,
                    SecretOutput::standard,
                    InstalledProtectors::load,
                    new TokenKeyring()::add);
        }
    }

    /** Receives tokens, as a user's keyring does. */
    @FunctionalInterface
    interface TokenReceiver {
        /**
         * Adds a token, unless there is a usable key with its signature.
         *
         * @param token is not closed
         * @return whether it was added
         * @throws ToolFailure EIO if there is no room
         */
        boolean add(AuthTok token) throws ToolFailure;
    }

    /**
     * Loads what is installed.
     *
     * @param <T> what is loaded
     */
    @FunctionalInterface
    interface Installed<T> {
        /** @return closed by the caller */
        T load() throws IOException;
    }

    /**
     * @param file the argument FILE
     * @throws ToolFailure if it cannot be a path
     */
    KeyFileSession(String file, Environment environment) throws ToolFailure, IOException {
        this.account = Account.current();
        this.path = KeyFilePath.of(file, account);
        this.environment = environment;
        this.prompter = environment.prompters().apply(path);
        this.protectors = environment.protectors().load();
    }

    Path path() {
        return path;
    }

    Account account() {
        return account;
    }

    Prompter prompter() {
        return prompter;
    }

    /** The terminal of this process; empty without one. */
    Optional<Terminal> terminal() {
        return environment.terminal().get();
    }

    /** Standard output, for secrets. What was printed before comes first. */
    OutputStream secretOutput() {
        return environment.secrets().get();
    }

    /** Where a user's keys are added. */
    TokenReceiver keyring() {
        return environment.keyring();
    }

    /** The key modules, loaded when they are first needed. */
    KeyModules modules() {
        if (modules.isEmpty()) {
            modules = Optional.of(InstalledKeyModules.discover());
        }
        return modules.get();
    }

    /** @throws ToolFailure if the passphrase key module is not installed */
    KeyDerivation derivation() throws ToolFailure {
        return InstalledDerivation.of(modules());
    }

    /** The protector of a type. */
    Optional<Protector> protector(String type) {
        return protectors.byType(type);
    }

    /** Those that are installed; closed with this. */
    Protectors protectors() {
        return protectors;
    }

    KeyFile read() throws KeyFileException, IOException {
        return store.read(path);
    }

    /** What a protector says of itself. */
    ProtectorState state(KeyFile file, ProtectorEntry entry) {
        return unlocker(failure -> {}).state(file, entry);
    }

    /** Unlocks by any protector; failures are reported on standard error. */
    Unlocker.Unlocked unlock(KeyFile file) throws KeyFileException {
        return unlock(file, Optional.empty(), new UnlockReport(System.err));
    }

    /** Unlocks by any protector of these types; failures are reported on standard error. */
    Unlocker.Unlocked unlock(KeyFile file, Set<String> types) throws KeyFileException {
        return unlocker(new UnlockReport(System.err)).unlock(file, types);
    }

    /** Unlocks by one protector, or by any. */
    Unlocker.Unlocked unlock(KeyFile file, Optional<Integer> number, Consumer<UnlockFailure> failures)
            throws KeyFileException {
        Unlocker unlocker = unlocker(failures);
        return number.isPresent() ? unlocker.unlock(file, number.get()) : unlocker.unlock(file);
    }

    /** Checks that the file can be made, before anybody is asked. */
    void requireAbsent() throws KeyFileException {
        store.requireAbsent(path);
    }

    /** Writes a new file. */
    void create(KeyFile file) throws KeyFileException, IOException {
        KeyFilePath.makeDirectory(path, account);
        store.create(path, file);
    }

    /** Writes a changed file. */
    void replace(KeyFile before, UnlockedKeyFile changed) throws KeyFileException, IOException {
        store.replace(path, before, changed.file());
    }

    private Unlocker unlocker(Consumer<UnlockFailure> failures) {
        return new Unlocker(protectors, prompter, failures);
    }

    @Override
    public void close() {
        protectors.close();
        modules.ifPresent(KeyModules::close);
    }
}
