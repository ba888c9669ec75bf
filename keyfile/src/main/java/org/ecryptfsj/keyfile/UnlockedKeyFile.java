package org.ecryptfsj.keyfile;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.linux.RandomUuid;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorContext;

/**
 * A key file whose file key is known: it gives the mount key, and its protectors can be changed. A change is in memory until
 * {@link #file()} is written. For one thread.
 */
public final class UnlockedKeyFile implements AutoCloseable {
    private final UUID id;
    private final String label;
    private final MountSettings mount;
    private final Secret fileKey;
    private final MountSecret secret;
    private JsonObject document;
    private List<ProtectorEntry> protectors;

    /** Takes over both secrets. */
    UnlockedKeyFile(KeyFile file, Secret fileKey, MountSecret secret) {
        this.id = file.id();
        this.label = file.label();
        this.mount = file.mount();
        this.fileKey = fileKey;
        this.secret = secret;
        this.document = file.document();
        this.protectors = file.protectors();
    }

    private UnlockedKeyFile(
            UUID id, String label, MountSettings mount, Secret fileKey, MountSecret secret, JsonObject document) {
        this.id = id;
        this.label = label;
        this.mount = mount;
        this.fileKey = fileKey;
        this.secret = secret;
        this.document = document;
        this.protectors = List.of();
    }

    /**
     * How a new key file's directory is mounted, beside the keys.
     *
     * @param cipher of new files
     * @param names of file names; empty if they are not encrypted
     * @param xattrMetadata whether headers of new files are in an extended attribute
     */
    public record NewMount(CipherChoice cipher, Optional<CipherChoice> names, boolean xattrMetadata) {}

    /**
     * A new key file with a new file key, to which a protector must be added before it can be written.
     *
     * @param secret the mount key; taken over, also if this fails
     * @param label see {@link KeyFile#isLabel}
     * @param now when it is made
     * @return closed by the caller
     * @throws KeyModuleException if a mount passphrase is refused
     */
    public static UnlockedKeyFile create(
            MountSecret secret, NewMount mount, String label, Instant now, KeyDerivation derivation)
            throws KeyModuleException {
        boolean complete = false;
        try (MountKeys keys = MountKeys.derive(secret, derivation)) {
            requireLabel(label);
            if (mount.names().isEmpty() && keys.names().isPresent()) {
                throw new IllegalArgumentException("there is a key for names, and names are not encrypted");
            }
            Optional<MountSettings.NameEncryption> names = mount.names()
                    .map(cipher -> new MountSettings.NameEncryption(
                            keys.names().orElse(keys.content()).signature(), cipher));
            MountSettings settings =
                    new MountSettings(keys.content().signature(), mount.cipher(), names, mount.xattrMetadata());
            UUID id = RandomUuid.next();
            JsonObject document = KeyFileV1.document(id, now, label, settings);
            UnlockedKeyFile made = new UnlockedKeyFile(
                    id, label, settings, new AesGcm().randomSecret(Protector.FILE_KEY_BYTES), secret, document);
            complete = true;
            return made;
        } finally {
            if (!complete) {
                secret.close();
            }
        }
    }

    /** What protectors are told of the file. */
    public ProtectorContext context() {
        return new ProtectorContext(id, label.isEmpty() ? "key file " + id : label);
    }

    /** The file key, for {@link Protector#protect}; owned by this. */
    public Secret fileKey() {
        return fileKey;
    }

    /** The mount passphrases; owned by this. */
    public MountSecret secret() {
        return secret;
    }

    /** The protectors as they are now. */
    public List<ProtectorEntry> protectors() {
        return protectors;
    }

    /**
     * The keys for the mount.
     *
     * @return closed by the caller
     * @throws KeyFileException WRONG_SIGNATURE if they are not those that the file names
     * @throws KeyModuleException if a passphrase is refused
     */
    public MountKeys keys(KeyDerivation derivation) throws KeyFileException, KeyModuleException {
        MountKeys keys = MountKeys.derive(secret, derivation);
        Signature names = keys.names().orElse(keys.content()).signature();
        boolean same = keys.content().signature().equals(mount.content())
                && mount.names().stream()
                        .allMatch(encryption -> encryption.signature().equals(names));
        if (!same) {
            keys.close();
            throw new KeyFileException(
                    Reason.WRONG_SIGNATURE,
                    "the key file's passphrase does not make the keys that it names",
                    "restore the key file from a backup");
        }
        return keys;
    }

    /**
     * Adds a protector.
     *
     * @param fields what {@link Protector#protect} made of {@link #fileKey()}
     * @param entryLabel see {@link KeyFile#isLabel}
     * @return its number
     * @throws KeyFileException TOO_LARGE if there are as many as a file can have
     */
    public int add(String type, String entryLabel, JsonObject fields, Instant now) throws KeyFileException {
        requireLabel(entryLabel);
        if (!KeyFile.isType(type)) {
            throw new IllegalArgumentException("\"" + type + "\" is no type's name");
        }
        if (protectors.size() == KeyFileV1.MOST_PROTECTORS) {
            throw new KeyFileException(
                    Reason.TOO_LARGE,
                    "the key file has " + KeyFileV1.MOST_PROTECTORS + " protectors, which is the limit",
                    "remove a protector first");
        }
        int number = protectors.stream().mapToInt(ProtectorEntry::id).max().orElse(0) + 1;
        ProtectorEntry entry = new ProtectorEntry(number, type, entryLabel, KeyFileV1.time(now), fields);
        change(KeyFileV1.withProtector(document, entry));
        return number;
    }

    /**
     * Removes a protector. Who has a copy of the file as it was can still unlock that.
     *
     * @throws KeyFileException NO_SUCH_PROTECTOR, LAST_PROTECTOR
     */
    public void remove(int number) throws KeyFileException {
        ProtectorEntry.requireRemovable(protectors, number);
        change(KeyFileV1.withoutProtector(document, number));
    }

    /**
     * Replaces what a protector keeps: all of it, with members that this program does not know.
     *
     * @param fields what {@link Protector#protect} made of {@link #fileKey()}
     * @throws KeyFileException NO_SUCH_PROTECTOR
     */
    public void replace(int number, JsonObject fields) throws KeyFileException {
        ProtectorEntry.require(protectors, number);
        change(KeyFileV1.withFields(document, number, fields));
    }

    /**
     * The file as it is now, encrypted and authenticated anew.
     *
     * @throws KeyFileException TOO_LARGE
     * @throws IllegalStateException if it has no protector yet
     */
    public KeyFile file() throws KeyFileException {
        if (protectors.isEmpty()) {
            throw new IllegalStateException("a key file needs a protector");
        }
        return KeyFileV1.seal(document, fileKey, secret);
    }

    private void change(JsonObject changed) throws KeyFileException {
        protectors = KeyFileV1.seal(changed, fileKey, secret).protectors();
        document = changed;
    }

    private static void requireLabel(String label) {
        if (!KeyFile.isLabel(label)) {
            throw new IllegalArgumentException("a label has at most 256 characters and no control characters");
        }
    }

    /** Wipes the file key and the mount passphrases. */
    @Override
    public void close() {
        fileKey.close();
        secret.close();
    }

    /** Its id; never a secret. */
    @Override
    public String toString() {
        return "UnlockedKeyFile[" + id + "]";
    }
}
