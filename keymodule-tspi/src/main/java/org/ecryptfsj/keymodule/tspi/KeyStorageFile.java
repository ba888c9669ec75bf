package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Validates a key storage file of TrouSerS before libtspi reads it: a damaged file can make libtspi report a misleading error, or
 * read beyond its buffers, which ends the process. The file's integers are in the machine's byte order, those of a TPM_KEY (TPM
 * 1.2, structures of tss/tpm.h) big endian. The layout was determined from files written by libtspi and tcsd 0.3.15.
 *
 * <pre>
 * offset  size  field
 * 0       1     version 01
 * 1       4     number of keys that follow; the file ends after them
 *
 * 0       16    a key's UUID
 * 16      16    its parent's UUID
 * 32      2     p, the size of its public key
 * 34      2     b, the size of its TPM_KEY
 * 36      4     v, the size of the vendor's data
 * 40      2     flags, 0 to 3
 * 42      p     the public key, as in the TPM_KEY
 * 42+p    b     the TPM_KEY
 * 42+p+b  v     the vendor's data
 * </pre>
 */
final class KeyStorageFile {
    private static final byte VERSION = 1;
    private static final int MIN_BYTES = 5;
    private static final int MAX_FLAGS = 3;

    /** Of a TPM_KEY: version, usage, flags, authorisation, algorithm, schemes. */
    private static final int KEY_HEAD_BYTES = 19;

    private final Set<KeyUuid> keys = new HashSet<>();
    private Optional<String> damage = Optional.empty();

    private KeyStorageFile() {}

    /** Reads a file; empty if it cannot be read. */
    static Optional<KeyStorageFile> read(Path file) {
        try {
            return Optional.of(parse(Files.readAllBytes(file)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Parses a file's bytes. An empty file has no keys. */
    static KeyStorageFile parse(byte[] bytes) {
        KeyStorageFile stored = new KeyStorageFile();
        if (bytes.length > 0) {
            stored.damage = stored.findDamage(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
        }
        return stored;
    }

    /** The damage of the file; empty if it is valid. */
    Optional<String> damage() {
        return damage;
    }

    /** Whether it contains a key, before the damage if there is one. */
    boolean has(KeyUuid key) {
        return keys.contains(key);
    }

    private Optional<String> findDamage(ByteBuffer in) {
        if (in.remaining() < MIN_BYTES || in.get() != VERSION) {
            return Optional.of("it is not of version " + VERSION);
        }
        long count = Integer.toUnsignedLong(in.getInt());
        for (long number = 1; number <= count; number++) {
            String name = "key " + number + " of " + count;
            try {
                if (!readKey(in)) {
                    return Optional.of("the sizes or the public key of " + name + " are wrong");
                }
            } catch (BufferUnderflowException e) {
                return Optional.of("it ends within " + name);
            }
        }
        return in.hasRemaining()
                ? Optional.of(in.remaining() + " bytes follow its last key, number " + count)
                : Optional.empty();
    }

    /** False if the entry is not valid. */
    private boolean readKey(ByteBuffer in) {
        byte[] uuid = new byte[KeyUuid.BYTES];
        in.get(uuid);
        skip(in, KeyUuid.BYTES);
        int publicKey = in.getShort() & 0xffff;
        int blob = in.getShort() & 0xffff;
        long vendor = Integer.toUnsignedLong(in.getInt());
        int flags = in.getShort() & 0xffff;
        ByteBuffer modulus = take(in, publicKey);
        ByteBuffer key = take(in, blob);
        skip(in, vendor);
        keys.add(KeyUuid.of(uuid));
        return flags <= MAX_FLAGS && isKey(key, modulus);
    }

    private static boolean isKey(ByteBuffer key, ByteBuffer modulus) {
        try {
            skip(key, KEY_HEAD_BYTES);
            skip(key, Integer.toUnsignedLong(key.getInt()));
            skip(key, Integer.toUnsignedLong(key.getInt()));
            ByteBuffer own = take(key, Integer.toUnsignedLong(key.getInt()));
            skip(key, Integer.toUnsignedLong(key.getInt()));
            return !key.hasRemaining() && own.equals(modulus);
        } catch (BufferUnderflowException e) {
            return false;
        }
    }

    private static void skip(ByteBuffer in, long bytes) {
        take(in, bytes);
    }

    private static ByteBuffer take(ByteBuffer in, long bytes) {
        if (bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = in.slice(in.position(), (int) bytes);
        in.position(in.position() + (int) bytes);
        return part.order(ByteOrder.BIG_ENDIAN);
    }
}
