package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonReader;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;

/** Version 1 of the key file (docs/spec/key-file.md, sections 1 to 4). Frozen: another layout is another class. */
final class KeyFileV1 {
    static final int MOST_FILE_BYTES = 256 * 1024;
    static final int MOST_PROTECTORS = 32;

    private static final String FORMAT = "format";
    private static final String FORMAT_NAME = "ecryptfsj key file";
    private static final String VERSION = "version";
    private static final int VERSION_NUMBER = 1;
    private static final String ID = "id";
    private static final String CREATED = "created";
    private static final String LABEL = "label";
    private static final String MOUNT = "mount";
    private static final String CONTENT = "content";
    private static final String NAMES = "names";
    private static final String CIPHER = "cipher";
    private static final String KEY_BYTES = "keyBytes";
    private static final String NAME_CIPHER = "nameCipher";
    private static final String NAME_KEY_BYTES = "nameKeyBytes";
    private static final String XATTR_METADATA = "xattrMetadata";
    private static final String PROTECTORS = "protectors";
    private static final String TYPE = "type";
    private static final String ADDED = "added";
    private static final String SECRET = "secret";
    private static final Set<String> ENTRY_MEMBERS = Set.of(ID, TYPE, LABEL, ADDED);

    private static final int MOST_TEXT = 256;

    /** Two keys at most, each a salt, a length and a passphrase. */
    private static final int PLAIN_VERSION = 1;

    private static final int PLAIN_HEAD_BYTES = 2;
    private static final int PLAIN_KEY_BYTES = Salt.BYTES + 1 + MountPassphrase.MOST_BYTES;
    private static final int MOST_KEYS = 2;
    private static final int PLAIN_BYTES = PLAIN_HEAD_BYTES + MOST_KEYS * PLAIN_KEY_BYTES;

    private KeyFileV1() {}

    /**
     * Reads the members that every key file has.
     *
     * @throws KeyFileException MALFORMED, OTHER_VERSION
     */
    static KeyFile parse(byte[] bytes) throws KeyFileException {
        if (bytes.length > MOST_FILE_BYTES) {
            throw malformed("it is longer than " + MOST_FILE_BYTES + " bytes");
        }
        try {
            JsonObject document = JsonReader.read(bytes);
            if (!document.text(FORMAT, MOST_TEXT).equals(FORMAT_NAME)) {
                throw malformed("member \"" + FORMAT + "\" is not \"" + FORMAT_NAME + "\"");
            }
            int version = document.integer(VERSION, 0, Integer.MAX_VALUE);
            if (version != VERSION_NUMBER) {
                throw new KeyFileException(
                        Reason.OTHER_VERSION,
                        "the key file is of version " + version + "; this program reads version " + VERSION_NUMBER,
                        "use the program that made it, or a newer ecryptfsj");
            }
            document.bytes(SECRET, secretBytes(), secretBytes());
            return new KeyFile(
                    bytes,
                    document,
                    document.uuid(ID),
                    shown(document, CREATED),
                    shown(document, LABEL),
                    mount(document.object(MOUNT)),
                    protectors(document));
        } catch (MalformedFieldException e) {
            throw malformed(e.getMessage());
        }
    }

    /** A document without protectors and secret. */
    static JsonObject document(UUID id, Instant created, String label, MountSettings mount) {
        return JsonObject.empty()
                .with(FORMAT, FORMAT_NAME)
                .with(VERSION, VERSION_NUMBER)
                .with(ID, id.toString())
                .with(CREATED, created.truncatedTo(ChronoUnit.SECONDS).toString())
                .with(LABEL, label)
                .with(MOUNT, members(mount))
                .with(PROTECTORS, new JsonValue.Array(List.of()));
    }

    /** The document with a protector more. */
    static JsonObject withProtector(JsonObject document, ProtectorEntry entry) {
        List<JsonValue> entries = new ArrayList<>(elements(document));
        JsonObject members = JsonObject.empty()
                .with(ID, entry.id())
                .with(TYPE, entry.type())
                .with(LABEL, entry.label())
                .with(ADDED, entry.added());
        entries.add(withFields(members, entry.fields()));
        return document.with(PROTECTORS, new JsonValue.Array(entries));
    }

    /** The document without a protector. */
    static JsonObject withoutProtector(JsonObject document, int id) {
        List<JsonValue> entries = new ArrayList<>(elements(document));
        entries.removeIf(entry -> isProtector(entry, id));
        return document.with(PROTECTORS, new JsonValue.Array(entries));
    }

    /** The document with other fields for a protector, whose number, type, label and time stay. */
    static JsonObject withFields(JsonObject document, int id, JsonObject fields) {
        List<JsonValue> entries = new ArrayList<>(elements(document));
        entries.replaceAll(entry -> {
            if (!isProtector(entry, id)) {
                return entry;
            }
            JsonObject kept = (JsonObject) entry;
            for (String name : kept.members().keySet()) {
                kept = ENTRY_MEMBERS.contains(name) ? kept : kept.without(name);
            }
            return withFields(kept, fields);
        });
        return document.with(PROTECTORS, new JsonValue.Array(entries));
    }

    /** The text of an instant, as the file has it. */
    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /**
     * The file: the document with the secret, encrypted anew and authenticated with all of the document.
     *
     * @throws KeyFileException TOO_LARGE
     */
    static KeyFile seal(JsonObject document, Secret fileKey, MountSecret secret) throws KeyFileException {
        JsonObject unsealed = document.without(SECRET);
        byte[] encrypted;
        try (Secret plain = plain(secret)) {
            encrypted = new AesGcm().encrypt(fileKey, unsealed.canonical(), plain);
        }
        byte[] bytes = unsealed.with(SECRET, encrypted).indented().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_FILE_BYTES) {
            throw new KeyFileException(
                    Reason.TOO_LARGE,
                    "the key file would have " + bytes.length + " bytes; the limit is " + MOST_FILE_BYTES,
                    "remove a protector first");
        }
        return parse(bytes);
    }

    /**
     * Decrypts the secret of a file.
     *
     * @return closed by the caller
     * @throws KeyFileException NOT_AUTHENTIC; MALFORMED if the plaintext is none of this version
     */
    static MountSecret open(JsonObject document, Secret fileKey) throws KeyFileException {
        try {
            byte[] encrypted = document.bytes(SECRET, secretBytes(), secretBytes());
            byte[] associated = document.without(SECRET).canonical();
            Optional<Secret> opened = KeyFileCipher.decrypt(fileKey, associated, encrypted);
            try (Secret plain = opened.orElseThrow(() -> new KeyFileException(
                    Reason.NOT_AUTHENTIC,
                    "the key file was changed by a program that could not unlock it, or its file key is another one",
                    "restore the key file from a backup"))) {
                return secret(plain.buffer());
            }
        } catch (MalformedFieldException e) {
            throw malformed(e.getMessage());
        }
    }

    private static Secret plain(MountSecret secret) {
        Secret plain = Secret.allocate(PLAIN_BYTES);
        ByteBuffer out = plain.buffer();
        out.put((byte) PLAIN_VERSION).put((byte) (secret.names().isPresent() ? MOST_KEYS : 1));
        put(out, secret.content());
        secret.names().ifPresent(names -> put(out.position(PLAIN_HEAD_BYTES + PLAIN_KEY_BYTES), names));
        return plain;
    }

    private static void put(ByteBuffer out, MountPassphrase key) {
        out.put(key.salt().bytes()).put((byte) key.passphrase().size());
        key.passphrase().writeTo(out);
    }

    private static MountSecret secret(ByteBuffer plain) throws MalformedFieldException {
        if (plain.get() != PLAIN_VERSION) {
            throw new MalformedFieldException("what member \"" + SECRET + "\" holds is of another version");
        }
        int keys = plain.get();
        if (keys < 1 || keys > MOST_KEYS) {
            throw new MalformedFieldException("member \"" + SECRET + "\" holds " + keys + " keys, not 1 or 2");
        }
        MountPassphrase content = passphrase(plain, PLAIN_HEAD_BYTES);
        boolean complete = false;
        try {
            Optional<MountPassphrase> names = keys == MOST_KEYS
                    ? Optional.of(passphrase(plain, PLAIN_HEAD_BYTES + PLAIN_KEY_BYTES))
                    : Optional.empty();
            complete = true;
            return new MountSecret(content, names);
        } finally {
            if (!complete) {
                content.close();
            }
        }
    }

    private static MountPassphrase passphrase(ByteBuffer plain, int at) throws MalformedFieldException {
        byte[] salt = new byte[Salt.BYTES];
        plain.get(at, salt);
        int size = plain.get(at + Salt.BYTES);
        if (size < 1 || size > MountPassphrase.MOST_BYTES) {
            throw new MalformedFieldException("a passphrase in member \"" + SECRET + "\" has " + size + " bytes");
        }
        Secret passphrase = Secret.allocate(size);
        LockedMemory.copy(plain, at + Salt.BYTES + 1, passphrase.buffer(), 0, size);
        return new MountPassphrase(passphrase, Salt.of(salt));
    }

    private static JsonObject members(MountSettings mount) {
        JsonObject members = JsonObject.empty().with(CONTENT, mount.content().hex());
        if (mount.names().isPresent()) {
            members = members.with(NAMES, mount.names().get().signature().hex());
        }
        members = members.with(CIPHER, mount.cipher().name())
                .with(KEY_BYTES, mount.cipher().keyBytes());
        if (mount.names().isPresent()) {
            CipherChoice cipher = mount.names().get().cipher();
            members = members.with(NAME_CIPHER, cipher.name()).with(NAME_KEY_BYTES, cipher.keyBytes());
        }
        return members.with(XATTR_METADATA, mount.xattrMetadata());
    }

    private static MountSettings mount(JsonObject members) throws MalformedFieldException {
        Optional<MountSettings.NameEncryption> names = members.has(NAMES)
                ? Optional.of(new MountSettings.NameEncryption(
                        signature(members, NAMES), cipher(members, NAME_CIPHER, NAME_KEY_BYTES)))
                : Optional.empty();
        return new MountSettings(
                signature(members, CONTENT), cipher(members, CIPHER, KEY_BYTES), names, members.truth(XATTR_METADATA));
    }

    private static Signature signature(JsonObject members, String name) throws MalformedFieldException {
        try {
            return new Signature(members.text(name, Signature.HEX_DIGITS));
        } catch (IllegalArgumentException e) {
            throw new MalformedFieldException("member \"" + name + "\" is not 16 lowercase hex digits");
        }
    }

    private static CipherChoice cipher(JsonObject members, String name, String keyBytes)
            throws MalformedFieldException {
        int bytes = members.integer(keyBytes, 1, CipherChoice.MOST_KEY_BYTES);
        try {
            return new CipherChoice(members.text(name, MOST_TEXT), bytes);
        } catch (IllegalArgumentException e) {
            throw new MalformedFieldException("member \"" + name + "\" is no name of a cipher");
        }
    }

    private static List<ProtectorEntry> protectors(JsonObject document) throws MalformedFieldException {
        List<ProtectorEntry> entries = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (JsonObject members : document.objects(PROTECTORS, 1, MOST_PROTECTORS)) {
            int id = members.integer(ID, 1, Integer.MAX_VALUE);
            if (!ids.add(id)) {
                throw new MalformedFieldException("two protectors have the number " + id);
            }
            String type = members.text(TYPE, MOST_TEXT);
            if (!KeyFile.isType(type)) {
                throw new MalformedFieldException("member \"" + TYPE + "\" of protector " + id + " is no type's name");
            }
            JsonObject fields = members;
            for (String name : ENTRY_MEMBERS) {
                fields = fields.without(name);
            }
            entries.add(new ProtectorEntry(id, type, shown(members, LABEL), shown(members, ADDED), fields));
        }
        return List.copyOf(entries);
    }

    private static List<JsonValue> elements(JsonObject document) {
        return ((JsonValue.Array) document.members().get(PROTECTORS)).values();
    }

    private static boolean isProtector(JsonValue entry, int id) {
        return ((JsonObject) entry).members().get(ID).equals(new JsonValue.Whole(id));
    }

    private static JsonObject withFields(JsonObject members, JsonObject fields) {
        JsonObject all = members;
        for (var field : fields.members().entrySet()) {
            if (ENTRY_MEMBERS.contains(field.getKey())) {
                throw new IllegalArgumentException("a protector must not have a field \"" + field.getKey() + "\"");
            }
            all = all.with(field.getKey(), field.getValue());
        }
        return all;
    }

    /** A text that programs show: a terminal takes control characters for commands. */
    private static String shown(JsonObject members, String name) throws MalformedFieldException {
        String text = members.text(name, MOST_TEXT);
        if (!KeyFile.isLabel(text)) {
            throw new MalformedFieldException("member \"" + name + "\" has a control character");
        }
        return text;
    }

    private static int secretBytes() {
        return PLAIN_BYTES + AesGcm.OVERHEAD_BYTES;
    }

    private static KeyFileException malformed(String why) {
        return new KeyFileException(
                Reason.MALFORMED, "the key file cannot be used: " + why, "restore the key file from a backup");
    }
}
