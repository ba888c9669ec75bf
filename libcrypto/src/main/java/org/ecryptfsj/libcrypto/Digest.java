package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.ecryptfsj.binding.CFunctions;

/**
 * Hashes (FIPS 180-4) of what is no secret: they work on the heap. By libcrypto, because the Java runtime takes longer to find its
 * own than a short command takes for everything else; by the Java runtime where libcrypto is not installed.
 */
public enum Digest {
    SHA1("SHA-1", 20),
    SHA256("SHA-256", 32),
    SHA384("SHA-384", 48),
    SHA512("SHA-512", 64);

    private final String title;
    private final int bytes;

    Digest(String title, int bytes) {
        this.title = title;
        this.bytes = bytes;
    }

    /** The functions (openssl/sha.h). */
    @CFunctions
    interface Crypto {
        long SHA1(ByteBuffer bytes, long count, ByteBuffer out);

        long SHA256(ByteBuffer bytes, long count, ByteBuffer out);

        long SHA384(ByteBuffer bytes, long count, ByteBuffer out);

        long SHA512(ByteBuffer bytes, long count, ByteBuffer out);
    }

    /** Bytes of a hash. */
    public int bytes() {
        return bytes;
    }

    /** The hash of the parts, one after the other. */
    public byte[] of(byte[]... parts) {
        return LibcryptoLoader.isAvailable() ? byLibcrypto(parts) : byJava(parts);
    }

    private byte[] byLibcrypto(byte[]... parts) {
        Crypto crypto = LibcryptoLoader.load(Crypto.class, DigestCryptoBinding::new);
        int size = 0;
        for (byte[] part : parts) {
            size += part.length;
        }
        ByteBuffer in = ByteBuffer.allocateDirect(size);
        for (byte[] part : parts) {
            in.put(part);
        }
        in.flip();
        ByteBuffer out = ByteBuffer.allocateDirect(bytes);
        long done =
                switch (this) {
                    case SHA1 -> crypto.SHA1(in, size, out);
                    case SHA256 -> crypto.SHA256(in, size, out);
                    case SHA384 -> crypto.SHA384(in, size, out);
                    case SHA512 -> crypto.SHA512(in, size, out);
                };
        require(done, title);
        byte[] hash = new byte[bytes];
        out.get(hash);
        return hash;
    }

    /** By the Java runtime. */
    byte[] byJava(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(title);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + title, e);
        }
    }
}
