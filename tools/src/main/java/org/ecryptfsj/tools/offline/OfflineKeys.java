package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.MalformedAuthTokException;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.lower.CipherSpec;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.EncryptedBytes;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.FileKey;
import org.ecryptfsj.lower.KeyPacket;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.lower.LowerHeader;
import org.ecryptfsj.lower.MalformedLowerException;
import org.ecryptfsj.lower.WrongKeyException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;

/**
 * The keys for decrypting files and names, by signature: given keys, keys in the user keyring, and keys derived from
 * given passphrases. A passphrase gives a different key with each salt; headers contain their salt.
 *
 * <p>One thread looks for keys, in the order of the files, because a key that is found opens later files too. Other threads use
 * {@link #readyContents} only.
 */
final class OfflineKeys implements AutoCloseable {
    /**
     * Deriving a key is slow by design. A header with more salts is an attempt to delay the program. The limit is per
     * file, so that one file cannot use up the attempts of another.
     */
    private static final int MAX_SALTS_PER_FILE = 8;

    /** Failed attempts are remembered to save time; a forgotten one is tried again. */
    private static final int MAX_REMEMBERED = 10_000;

    private static final List<Integer> NAME_KEY_BYTES = List.of(16, 24, 32, 56);

    /** The keys that were found, guarded by itself. */
    private final Map<Signature, AuthTok> tokens = new HashMap<>();

    /** Another thread can still use them. */
    private final List<AuthTok> replaced = new ArrayList<>();

    private final Map<Signature, String> unusable = new HashMap<>();
    private final Set<Signature> notInKeyring = bounded();
    private final Set<SaltedKey> tried = bounded();
    private final Set<Salt> salts = new LinkedHashSet<>();
    private final List<Secret> passphrases = new ArrayList<>();
    private final Platform platform;
    private final Optional<UserKeyring> keyring;
    private final int nameKeyBytes;
    private final PassphraseQuestion question;
    private Optional<KeyModules> modules = Optional.empty();
    private boolean asked;
    private int saltsOfThisFile;
    private boolean linked;

    /** A signature and a salt in a header. */
    private record SaltedKey(Signature signature, Salt salt) {}

    private static <T> Set<T> bounded() {
        return Collections.newSetFromMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<T, Boolean> eldest) {
                return size() > MAX_REMEMBERED;
            }
        });
    }

    /** Asks for a passphrase when a key is missing. */
    @FunctionalInterface
    interface PassphraseQuestion {
        /**
         * @param missing signature of the missing key
         * @return to be closed by the caller; empty if there is no answer
         */
        Optional<Secret> ask(Signature missing) throws IOException;
    }

    /**
     * @param nameKeyBytes size of the key that the mount used for names; other sizes are tried, too
     * @param question is asked at most once, when a key is missing
     */
    OfflineKeys(int nameKeyBytes, PassphraseQuestion question) {
        this(nameKeyBytes, question, LinuxPlatform.INSTANCE);
    }

    /** @param platform has the keyring and the key modules */
    OfflineKeys(int nameKeyBytes, PassphraseQuestion question, Platform platform) {
        this.platform = platform;
        this.keyring = platform.keyring();
        this.nameKeyBytes = nameKeyBytes;
        this.question = question;
    }

    /** The key modules, loaded when they are first needed. */
    synchronized KeyModules modules() {
        if (modules.isEmpty()) {
            modules = Optional.of(platform.keyModules());
        }
        return modules.get();
    }

    /** Adds a token, which is closed with this object. */
    void add(AuthTok token) {
        synchronized (tokens) {
            AuthTok before = tokens.put(token.signature(), token);
            if (before != null) {
                replaced.add(before);
            }
        }
    }

    /** Adds salts for a passphrase that is asked for: names contain none. */
    void addSalts(List<Salt> usual) {
        salts.addAll(usual);
    }

    /**
     * Adds a passphrase, which is closed with this object, and its keys for these salts.
     *
     * @throws ToolFailure if the passphrase is empty or too long
     */
    void add(Secret passphrase, List<Salt> usual) throws ToolFailure {
        passphrases.add(passphrase);
        salts.addAll(usual);
        for (Salt salt : usual) {
            add(derived(passphrase, salt));
        }
    }

    /**
     * The decrypted contents of a file.
     *
     * @return to be closed by the caller
     * @throws SkippedEntryException if none of its keys is available, or none works
     */
    DecryptedContent contents(LowerFile file) throws SkippedEntryException, ToolFailure, IOException {
        if (!file.header().metadata().isEncrypted()) {
            return file.contents();
        }
        try (FileKey key = fileKey(file.header())) {
            return file.contents(key);
        }
    }

    /**
     * The decrypted contents of a file, with keys that were found before. Used by several threads.
     *
     * @return to be closed by the caller
     * @throws KeyNotReadyException if {@link #contents} looks for one of its keys
     * @throws SkippedEntryException if none of its keys works
     */
    DecryptedContent readyContents(LowerFile file) throws SkippedEntryException {
        if (!file.header().metadata().isEncrypted()) {
            return file.contents();
        }
        List<String> reasons = new ArrayList<>();
        for (KeyPacket packet : file.header().keys()) {
            AuthTok token = found(packet.signature())
                    .filter(t -> isFor(packet, t))
                    .orElseThrow(() -> new KeyNotReadyException(packet.signature()));
            Optional<FileKey> opened = open(packet, token, reasons);
            if (opened.isPresent()) {
                try (FileKey key = opened.get()) {
                    return file.contents(key);
                }
            }
        }
        throw new SkippedEntryException(String.join("; ", reasons));
    }

    /** Whether a key was found before. */
    boolean isReady(Signature signature) {
        return found(signature).isPresent();
    }

    private Optional<AuthTok> found(Signature signature) {
        synchronized (tokens) {
            return Optional.ofNullable(tokens.get(signature));
        }
    }

    /** Decrypts the key of a file.
     *
     * @return to be closed by the caller
     * @throws SkippedEntryException if none of its keys is available, or none works
     */
    FileKey fileKey(LowerHeader header) throws SkippedEntryException, ToolFailure, IOException {
        List<String> reasons = new ArrayList<>();
        saltsOfThisFile = 0;
        for (KeyPacket packet : header.keys()) {
            Optional<FileKey> key = fileKey(packet, reasons);
            if (key.isPresent()) {
                return key.get();
            }
        }
        throw new SkippedEntryException(String.join("; ", reasons));
    }

    /**
     * Decrypts the key of a file with each of its keys that is available; all must give the same one.
     *
     * @param packets the file's keys
     * @return to be closed by the caller
     * @throws SkippedEntryException if none is available, or two give different file keys
     */
    FileKey agreedFileKey(List<KeyPacket> packets) throws SkippedEntryException, ToolFailure, IOException {
        List<String> reasons = new ArrayList<>();
        Optional<FileKey> agreed = Optional.empty();
        boolean complete = false;
        saltsOfThisFile = 0;
        try {
            for (KeyPacket packet : packets) {
                Optional<FileKey> key = fileKey(packet, reasons);
                if (agreed.isEmpty()) {
                    agreed = key;
                } else if (key.isPresent()) {
                    requireSame(agreed.get(), key.get(), packet.signature());
                }
            }
            complete = agreed.isPresent();
        } finally {
            if (!complete) {
                agreed.ifPresent(FileKey::close);
            }
        }
        return agreed.orElseThrow(() -> new SkippedEntryException(String.join("; ", reasons)));
    }

    private static void requireSame(FileKey agreed, FileKey key, Signature signature) throws SkippedEntryException {
        try (key) {
            if (!agreed.isSameAs(key)) {
                throw new SkippedEntryException(
                        "key " + signature
                                + " gives another file key than the file's other keys: the header is damaged; nothing is changed");
            }
        }
    }

    /** @param reasons gets the reason if the key is not available, or does not work */
    private Optional<FileKey> fileKey(KeyPacket packet, List<String> reasons) throws ToolFailure, IOException {
        Optional<? extends AuthTok> token = packet instanceof KeyPacket.PassphrasePacket passphrase
                ? password(passphrase.signature(), Optional.of(passphrase.salt()))
                : token(packet.signature());
        if (token.isEmpty() || !isFor(packet, token.get())) {
            reasons.add(unusable.getOrDefault(packet.signature(), "no key " + packet.signature()));
            return Optional.empty();
        }
        return open(packet, token.get(), reasons);
    }

    private static boolean isFor(KeyPacket packet, AuthTok token) {
        return packet instanceof KeyPacket.PassphrasePacket
                ? token instanceof AuthTok.Password
                : token instanceof AuthTok.PrivateKey;
    }

    /** @param reasons gets the reason if the key does not work */
    private Optional<FileKey> open(KeyPacket packet, AuthTok token, List<String> reasons) {
        try {
            return Optional.of(
                    packet instanceof KeyPacket.PassphrasePacket passphrase
                            ? FileKey.decrypt(passphrase, ((AuthTok.Password) token).fekek())
                            : unwrap((KeyPacket.ModulePacket) packet, (AuthTok.PrivateKey) token));
        } catch (KeyModuleException e) {
            reasons.add("key " + packet.signature() + ": " + e.getMessage() + " " + e.advice());
        } catch (WrongKeyException | MalformedLowerException e) {
            reasons.add("key " + packet.signature() + ": " + e.getMessage());
        }
        return Optional.empty();
    }

    private FileKey unwrap(KeyPacket.ModulePacket packet, AuthTok.PrivateKey key)
            throws KeyModuleException, WrongKeyException, MalformedLowerException {
        try (Secret payload =
                module(key).unwrap(key.blob(), packet.encryptedKey().bytes())) {
            return FileKey.ofPayload(payload);
        }
    }

    private KeyModule module(AuthTok.PrivateKey key) throws KeyModuleException {
        return modules()
                .byAlias(key.alias())
                .orElseThrow(() -> new KeyModuleException(
                        KeyModuleException.Reason.UNSUPPORTED,
                        "key module " + key.alias() + " is not installed",
                        "Install it."));
    }

    /** Whether a key module encrypts file keys with this key, which was added. */
    boolean isModuleKey(Signature signature) {
        return tokens.get(signature) instanceof AuthTok.PrivateKey;
    }

    /**
     * Encrypts a file key with a key that was added.
     *
     * @throws SkippedEntryException if the key cannot encrypt it
     */
    KeyPacket encrypt(FileKey fileKey, Signature with) throws SkippedEntryException {
        try {
            if (tokens.get(with) instanceof AuthTok.PrivateKey key) {
                try (Secret payload = fileKey.payload()) {
                    return new KeyPacket.ModulePacket(
                            with, EncryptedBytes.of(module(key).wrap(key.blob(), payload)));
                }
            }
            AuthTok.Password key = (AuthTok.Password) tokens.get(with);
            return fileKey.encrypt(with, key.salt(), key.fekek());
        } catch (KeyModuleException e) {
            throw new SkippedEntryException("key " + with + ": " + e.getMessage() + " " + e.advice());
        } catch (WrongKeyException e) {
            throw new SkippedEntryException("key " + with + ": " + e.getMessage());
        }
    }

    /** Decrypts a name or the target of a symbolic link.
     *
     * @throws SkippedEntryException if its key is not available, or is wrong
     */
    byte[] decrypt(EncryptedName name) throws SkippedEntryException, ToolFailure, IOException {
        return opened(name).plain().bytes();
    }

    /**
     * Encrypts a name or the target of a symbolic link with another key, which was added: same cipher, same key size.
     *
     * @throws SkippedEntryException if its own key is not available, or is wrong
     */
    EncryptedName reencrypt(EncryptedName name, Signature with) throws SkippedEntryException, ToolFailure, IOException {
        OpenedName opened = opened(name);
        AuthTok.Password key = (AuthTok.Password) tokens.get(with);
        return EncryptedName.encrypt(
                opened.plain().bytes(), with, new CipherSpec(name.cipher(), opened.keyBytes()), key.fekek());
    }

    /** A decrypted name, and how many bytes of its key were used. */
    private record OpenedName(EncryptedBytes plain, int keyBytes) {}

    private OpenedName opened(EncryptedName name) throws SkippedEntryException, ToolFailure, IOException {
        AuthTok.Password key = password(name.signature(), Optional.empty())
                .orElseThrow(() -> new SkippedEntryException(
                        unusable.getOrDefault(name.signature(), "no key " + name.signature()) + " for its name"));
        Set<Integer> sizes = new LinkedHashSet<>(List.of(nameKeyBytes));
        sizes.addAll(NAME_KEY_BYTES);
        WrongKeyException last = null;
        for (int bytes : sizes) {
            if (name.cipher().takesKeyOf(bytes)) {
                try {
                    return new OpenedName(EncryptedBytes.of(name.decrypt(key.fekek(), bytes)), bytes);
                } catch (WrongKeyException e) {
                    last = e;
                }
            }
        }
        throw new SkippedEntryException(
                last == null
                        ? "no standard key size is valid for " + name.cipher().kernelName() + ": use --fn-key-bytes"
                        : last.getMessage()
                                + "; the name was changed, or the mount used another ecryptfs_fn_key_bytes");
    }

    private Optional<AuthTok.Password> password(Signature signature, Optional<Salt> salt)
            throws ToolFailure, IOException {
        Optional<AuthTok> token = token(signature);
        if (token.isEmpty() && salt.isPresent() && !passphrases.isEmpty()) {
            derive(new SaltedKey(signature, salt.get()));
            token = Optional.ofNullable(tokens.get(signature));
        }
        if (token.isEmpty() && !asked) {
            asked = true;
            Optional<Secret> answer = question.ask(signature);
            if (answer.isPresent()) {
                add(answer.get(), List.copyOf(salts));
                tried.clear();
                if (salt.isPresent() && !tokens.containsKey(signature)) {
                    derive(new SaltedKey(signature, salt.get()));
                }
                token = Optional.ofNullable(tokens.get(signature));
            }
        }
        return token.filter(AuthTok.Password.class::isInstance).map(AuthTok.Password.class::cast);
    }

    /** Keeps only the wanted key: a header can combine any salt with any signature. */
    private void derive(SaltedKey wanted) throws ToolFailure {
        if (saltsOfThisFile >= MAX_SALTS_PER_FILE || !tried.add(wanted)) {
            return;
        }
        saltsOfThisFile++;
        for (Secret passphrase : passphrases) {
            AuthTok token = derived(passphrase, wanted.salt());
            if (token.signature().equals(wanted.signature())) {
                add(token);
                return;
            }
            token.close();
        }
    }

    private AuthTok derived(Secret passphrase, Salt salt) throws ToolFailure {
        try {
            return new PassphraseTokens(modules()).derive(passphrase, salt);
        } catch (KeyModuleException e) {
            throw new ToolFailure(ToolFailure.EINVAL, e.getMessage(), e.advice());
        }
    }

    private Optional<AuthTok> token(Signature signature) {
        AuthTok token = tokens.get(signature);
        if (token == null && notInKeyring.add(signature)) {
            inKeyring(signature).ifPresent(this::add);
            token = tokens.get(signature);
        }
        return Optional.ofNullable(token);
    }

    /**
     * A keyring that cannot be used is reported with the file, but is no failure: the key can come from another source.
     */
    private Optional<AuthTok> inKeyring(Signature signature) {
        if (keyring.isEmpty()) {
            return Optional.empty();
        }
        try {
            if (!linked) {
                keyring.get().linkIntoSession();
                linked = true;
            }
            return keyring.get().find(signature);
        } catch (LinuxException | MalformedAuthTokException e) {
            unusable.put(signature, "key " + signature + " in the keyring cannot be used: " + e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        tokens.values().forEach(AuthTok::close);
        replaced.forEach(AuthTok::close);
        passphrases.forEach(Secret::close);
        modules.ifPresent(KeyModules::close);
    }
}
