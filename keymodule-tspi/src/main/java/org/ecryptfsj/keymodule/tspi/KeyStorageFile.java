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
 * Looks through a storage file of TrouSerS before libtspi reads it: what libtspi makes of a damaged one ranges from a
 * misleading error to a read beyond its buffers, which ends the process. Integers of the file are those of the machine, those
 * of a TPM_KEY (TPM 1.2, structures of tss/tpm.h) big endian; found by looking at files that libtspi and tcsd 0.3.15 wrote.
 *
 * <pre>
 * offset  size  field
 * 0       1     version 01
 * 1       4     how many keys follow; the file ends behind them
 *
 * 0       16    a key's UUID
 * 16      16    its parent's UUID
 * 32      2     p, the size of its public key
 * 34      2     b, the size of its TPM_KEY
 * 36      4     v, the size of what the vendor adds
 * 40      2     flags, 0 to 3
 * 42      p     the public key, as it stands in the TPM_KEY
 * 42+p    b     the TPM_KEY
 * 42+p+b  v     what the vendor adds
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

    /** What a file holds; empty if it cannot be read. */
    static Optional<KeyStorageFile> read(Path file) {
        try {
            return Optional.of(parse(Files.readAllBytes(file)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What a file's bytes hold. One without any is a file without keys. */
    static KeyStorageFile parse(byte[] bytes) {
        KeyStorageFile stored = new KeyStorageFile();
        if (bytes.length > 0) {
            stored.damage = stored.findDamage(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
        }
        return stored;
    }

    /** What is wrong with the file; empty if nothing is. */
    Optional<String> damage() {
        return damage;
    }

    /** Whether it holds a key, as far as it is sound. */
    boolean has(KeyUuid key) {
        return keys.contains(key);
    }

    private Optional<String> findDamage(ByteBuffer in) {
        if (in.remaining() < MIN_BYTES || in.get() != VERSION) {
            return Optional.of("it does not begin as one of version " + VERSION);
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

    /** False if it is none. */
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
