package org.ecryptfsj.keyfile;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.ProtectorContext;

/**
 * A key file (docs/spec/key-file.md): how a directory is mounted, the protectors of its file key, and the mount key encrypted
 * under the file key. What it says is authentic only once it is unlocked. Immutable.
 */
public final class KeyFile {
    /** The most bytes of a key file. */
    public static final int MOST_BYTES = KeyFileV1.MOST_FILE_BYTES;

    /** The most characters of a label. */
    public static final int MOST_LABEL = 256;

    private final byte[] bytes;
    private final JsonObject document;
    private final UUID id;
    private final String created;
    private final String label;
    private final MountSettings mount;
    private final List<ProtectorEntry> protectors;

    KeyFile(
            byte[] bytes,
            JsonObject document,
            UUID id,
            String created,
            String label,
            MountSettings mount,
            List<ProtectorEntry> protectors) {
        this.bytes = bytes.clone();
        this.document = document;
        this.id = id;
        this.created = created;
        this.label = label;
        this.mount = mount;
        this.protectors = protectors;
    }

    /**
     * Reads a key file.
     *
     * @throws KeyFileException MALFORMED, OTHER_VERSION
     */
    public static KeyFile parse(byte[] bytes) throws KeyFileException {
        return KeyFileV1.parse(bytes);
    }

    /** Whether a text can be a label: not too long, no control characters, which a terminal takes for commands. */
    public static boolean isLabel(String text) {
        return text.length() <= MOST_LABEL && text.codePoints().noneMatch(Character::isISOControl);
    }

    /** Whether a text can be a protector's type. */
    public static boolean isType(String text) {
        return text.matches("[a-z0-9-]{1,32}");
    }

    /** The file's content. */
    public byte[] bytes() {
        return bytes.clone();
    }

    boolean hasBytes(byte[] others) {
        return Arrays.equals(bytes, others);
    }

    JsonObject document() {
        return document;
    }

    /** Which file it is, whatever it is called. */
    public UUID id() {
        return id;
    }

    /** When it was made, as it says itself. */
    public String created() {
        return created;
    }

    /** What a person calls it, may be empty. */
    public String label() {
        return label;
    }

    /** How the directory is mounted. */
    public MountSettings mount() {
        return mount;
    }

    /** Its protectors, in the order in which they were added; at least one. */
    public List<ProtectorEntry> protectors() {
        return protectors;
    }

    /** The protector of a number. */
    public Optional<ProtectorEntry> protector(int number) {
        return protectors.stream().filter(entry -> entry.id() == number).findFirst();
    }

    /**
     * Checks that a protector can be removed, before somebody is asked to unlock the file for that.
     *
     * @throws KeyFileException NO_SUCH_PROTECTOR, LAST_PROTECTOR
     */
    public void requireRemovable(int number) throws KeyFileException {
        ProtectorEntry.requireRemovable(protectors, number);
    }

    /** What protectors are told of the file. */
    public ProtectorContext context() {
        return new ProtectorContext(id, label.isEmpty() ? "key file " + id : label);
    }

    /**
     * Checks and opens it.
     *
     * @param fileKey 32 bytes that a protector gave back; stays the caller's
     * @return closed by the caller
     * @throws KeyFileException NOT_AUTHENTIC if the file was changed or the key is another one
     */
    public UnlockedKeyFile unlock(Secret fileKey) throws KeyFileException {
        MountSecret secret = KeyFileV1.open(document, fileKey);
        return new UnlockedKeyFile(this, fileKey.copy(), secret);
    }

    /** Its id; never a secret. */
    @Override
    public String toString() {
        return "KeyFile[" + id + "]";
    }
}
