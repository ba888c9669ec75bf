package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.ecryptfsj.linux.FileName;

/**
 * The hash of a path in the record of a decryption, computed from the hash of the parent directory and one name. The
 * format is frozen, because it is on disks.
 *
 * <pre>
 * hash of the top     16 zero bytes
 * hash of an entry    the first 16 bytes of SHA-256(hash of its directory | name)
 * </pre>
 *
 * @param first bytes 0 to 7, big endian
 * @param second bytes 8 to 15
 */
record PathHash(long first, long second) {
    static final int BYTES = 16;
    static final PathHash TOP = new PathHash(0, 0);

    /** The hash of an entry of this directory. */
    PathHash of(FileName name) {
        MessageDigest sha256 = sha256();
        sha256.update(ByteBuffer.allocate(BYTES).putLong(first).putLong(second).array());
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(name.bytes()));
        return new PathHash(digest.getLong(), digest.getLong());
    }

    /** Writes the hash to the bytes from that index on. */
    void encode(ByteBuffer bytes, int at) {
        bytes.putLong(at, first).putLong(at + Long.BYTES, second);
    }

    /** Reads a hash from the bytes from that index on. */
    static PathHash decode(ByteBuffer bytes, int at) {
        return new PathHash(bytes.getLong(at), bytes.getLong(at + Long.BYTES));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256, which it must have", e);
        }
    }
}
