package org.ecryptfsj.protector.tpm2;

import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.libcrypto.EphemeralEcdh;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Agreement;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Point;
import org.ecryptfsj.libcrypto.RsaOaepSha256;
import org.ecryptfsj.libcrypto.Sha256;

/**
 * The salt of a session, and the form in which only the TPM that has the storage key can read it (TPM 2.0 Library, part 1,
 * appendices B.10.2 and C.6.1).
 *
 * @param value 32 bytes; owned by this
 * @param encrypted the TPM2B_ENCRYPTED_SECRET's content
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record SessionSalt(Secret value, byte[] encrypted) implements AutoCloseable {
    private static final String LABEL = "SECRET";

    /**
     * A new one.
     *
     * @return closed by the caller
     * @throws TpmException MALFORMED if its numbers are no public key
     */
    static SessionSalt of(StorageKey key, SessionKeys keys) throws TpmException {
        if (key.encryption() instanceof StorageKey.Rsa rsa) {
            return of(rsa);
        }
        return of((StorageKey.Ecc) key.encryption(), keys);
    }

    private static SessionSalt of(StorageKey.Rsa rsa) throws TpmException {
        Secret value = new AesGcm().randomSecret(Sha256.BYTES);
        byte[] label = SessionKeys.terminated(LABEL);
        Optional<byte[]> encrypted = new RsaOaepSha256().encrypt(rsa.modulus(), rsa.exponent(), label, value);
        if (encrypted.isEmpty()) {
            value.close();
            throw TpmException.malformed("its storage key is no RSA key");
        }
        return new SessionSalt(value, encrypted.get());
    }

    private static SessionSalt of(StorageKey.Ecc ecc, SessionKeys keys) throws TpmException {
        int bytes = ecc.curve().bytes();
        Point peer = new Point(padded(ecc.x(), bytes), padded(ecc.y(), bytes));
        try (Agreement agreement = new EphemeralEcdh()
                .agree(ecc.curve(), peer)
                .orElseThrow(() -> TpmException.malformed("its storage key is no point of the curve"))) {
            Point own = agreement.publicKey();
            return new SessionSalt(
                    keys.kdfe(agreement.secret(), LABEL, own.x(), ecc.x()),
                    new TpmWriter().sized(own.x()).sized(own.y()).bytes());
        }
    }

    private static byte[] padded(byte[] number, int bytes) {
        byte[] padded = new byte[bytes];
        System.arraycopy(number, 0, padded, bytes - number.length, number.length);
        return padded;
    }

    @Override
    public void close() {
        value.close();
    }
}
