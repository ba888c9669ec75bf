package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/**
 * Agreement on a secret with the owner of a public key on a curve of NIST, by a key pair that is used once (SP 800-56A, section
 * 6.2.2), by libcrypto: the shared secret is in locked memory.
 */
public final class EphemeralEcdh {
    private static final byte UNCOMPRESSED = 4;

    private final Crypto crypto;

    /** A curve. */
    public enum Curve {
        /** secp256r1. */
        P256(415, 32),
        /** secp384r1. */
        P384(715, 48);

        private final int nid;
        private final int bytes;

        Curve(int nid, int bytes) {
            this.nid = nid;
            this.bytes = bytes;
        }

        /** Bytes of a coordinate. */
        public int bytes() {
            return bytes;
        }
    }

    /**
     * A point.
     *
     * @param x as many bytes as a coordinate of the curve has
     * @param y as x
     */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    public record Point(byte[] x, byte[] y) {}

    /**
     * What both sides know, and what the other side needs to know it.
     *
     * @param secret the x coordinate of the common point; owned by this
     * @param publicKey of the key pair that was used
     */
    public record Agreement(Secret secret, Point publicKey) implements AutoCloseable {
        @Override
        public void close() {
            secret.close();
        }
    }

    /** The functions (openssl/ec.h). */
    @CFunctions
    interface Crypto {
        long EC_KEY_new_by_curve_name(int nid);

        int EC_KEY_generate_key(long key);

        long EC_KEY_get0_group(long key);

        long EC_KEY_get0_public_key(long key);

        void EC_KEY_free(long key);

        long EC_POINT_new(long group);

        int EC_POINT_oct2point(long group, long point, ByteBuffer bytes, long length, long context);

        long EC_POINT_point2oct(long group, long point, int form, ByteBuffer out, long length, long context);

        void EC_POINT_free(long point);

        int ECDH_compute_key(ByteBuffer out, long length, long publicKey, long key, long kdf);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public EphemeralEcdh() {
        crypto = LibcryptoLoader.load(Crypto.class, EphemeralEcdhCryptoBinding::new);
    }

    /**
     * Agrees with the owner of a public key.
     *
     * @return closed by the caller; empty if the point is not on the curve
     */
    public Optional<Agreement> agree(Curve curve, Point peer) {
        long key = require(crypto.EC_KEY_new_by_curve_name(curve.nid), "EC_KEY_new_by_curve_name");
        try {
            long group = require(crypto.EC_KEY_get0_group(key), "EC_KEY_get0_group");
            long point = require(crypto.EC_POINT_new(group), "EC_POINT_new");
            try {
                ByteBuffer octets = octets(curve, peer);
                return crypto.EC_POINT_oct2point(group, point, octets, octets.capacity(), 0) == 1
                        ? Optional.of(agree(curve, key, group, point))
                        : Optional.empty();
            } finally {
                crypto.EC_POINT_free(point);
            }
        } finally {
            crypto.EC_KEY_free(key);
        }
    }

    private Agreement agree(Curve curve, long key, long group, long peer) {
        require(crypto.EC_KEY_generate_key(key) == 1, "EC_KEY_generate_key");
        ByteBuffer octets = ByteBuffer.allocateDirect(1 + 2 * curve.bytes);
        long own = require(crypto.EC_KEY_get0_public_key(key), "EC_KEY_get0_public_key");
        require(
                crypto.EC_POINT_point2oct(group, own, UNCOMPRESSED, octets, octets.capacity(), 0) == octets.capacity(),
                "EC_POINT_point2oct");
        byte[] x = new byte[curve.bytes];
        byte[] y = new byte[curve.bytes];
        octets.position(1).get(x).get(y);
        Secret secret = Secret.allocate(curve.bytes);
        boolean done = crypto.ECDH_compute_key(secret.buffer(), curve.bytes, peer, key, 0) == curve.bytes;
        if (!done) {
            secret.close();
        }
        require(done, "ECDH_compute_key");
        return new Agreement(secret, new Point(x, y));
    }

    private static ByteBuffer octets(Curve curve, Point point) {
        if (point.x().length != curve.bytes || point.y().length != curve.bytes) {
            throw new IllegalArgumentException("a coordinate of " + curve + " has " + curve.bytes + " bytes");
        }
        return ByteBuffer.allocateDirect(1 + 2 * curve.bytes)
                .put(UNCOMPRESSED)
                .put(point.x())
                .put(point.y())
                .flip();
    }
}
