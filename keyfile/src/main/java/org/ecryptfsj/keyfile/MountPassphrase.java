package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;

/**
 * A passphrase of eCryptfs and the salt it is hashed with (docs/spec/auth-tok.md, section 2).
 *
 * @param passphrase 1 to 64 bytes; owned by this
 * @param salt of the hash
 */
public record MountPassphrase(Secret passphrase, Salt salt) implements AutoCloseable {
    /** The most bytes of a passphrase. */
    public static final int MOST_BYTES = 64;

    private static final int RANDOM_BYTES = 32;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** @throws IllegalArgumentException if the passphrase is empty or too long */
    public MountPassphrase {
        Objects.requireNonNull(salt);
        if (passphrase.size() < 1 || passphrase.size() > MOST_BYTES) {
            throw new IllegalArgumentException("the mount passphrase has " + passphrase.size() + " bytes, not 1 to 64");
        }
    }

    /** A new passphrase of 256 random bits in 64 hex digits, with the default salt. */
    static MountPassphrase random() {
        Secret text = Secret.allocate(MOST_BYTES);
        try (Secret random = new AesGcm().randomSecret(RANDOM_BYTES)) {
            ByteBuffer out = text.buffer();
            ByteBuffer in = random.buffer();
            while (in.hasRemaining()) {
                int value = in.get() & 0xff;
                out.put(DIGITS[value >>> 4]).put(DIGITS[value & 0xf]);
            }
        }
        return new MountPassphrase(text, Salt.DEFAULT);
    }

    /** The same passphrase with another salt, independent of this. */
    MountPassphrase withSalt(Salt other) {
        return new MountPassphrase(passphrase.copy(), other);
    }

    @Override
    public void close() {
        passphrase.close();
    }
}
