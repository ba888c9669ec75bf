package org.ecryptfsj.protector;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;

/**
 * What a device encrypts that authenticates nothing beside it: the file key, and behind it the SHA-256 of
 * {@link ProtectorContext#associated} (docs/spec/key-file.md, section 4). 64 bytes.
 */
public final class FileKeyPayload {
    private static final int DIGEST_BYTES = 32;

    /** Bytes of a payload. */
    public static final int BYTES = Protector.FILE_KEY_BYTES + DIGEST_BYTES;

    private FileKeyPayload() {}

    /**
     * The payload of a file key.
     *
     * @param fileKey {@link Protector#FILE_KEY_BYTES} bytes; stays the caller's
     * @param digest the SHA-256 of the associated data
     * @return closed by the caller
     * @throws IllegalArgumentException if the digest has another size
     */
    public static Secret of(Secret fileKey, byte[] digest) {
        requireDigest(digest);
        Secret payload = Secret.allocate(BYTES);
        fileKey.writeTo(payload.buffer()).put(digest);
        return payload;
    }

    /**
     * The file key of a payload. The time does not depend on where the digests differ.
     *
     * @param payload what the device decrypted; stays the caller's
     * @param digest the SHA-256 of the associated data
     * @return closed by the caller; empty if the payload has another size, or was made with other associated data
     * @throws IllegalArgumentException if the digest has another size
     */
    public static Optional<Secret> fileKey(Secret payload, byte[] digest) {
        requireDigest(digest);
        if (payload.size() != BYTES) {
            return Optional.empty();
        }
        byte[] found = new byte[DIGEST_BYTES];
        ByteBuffer bytes = payload.buffer();
        bytes.get(Protector.FILE_KEY_BYTES, found);
        return MessageDigest.isEqual(found, digest)
                ? Optional.of(Secret.copyOf(bytes.limit(Protector.FILE_KEY_BYTES)))
                : Optional.empty();
    }

    private static void requireDigest(byte[] digest) {
        if (digest.length != DIGEST_BYTES) {
            throw new IllegalArgumentException("a digest of " + digest.length + " bytes is no SHA-256");
        }
    }
}
