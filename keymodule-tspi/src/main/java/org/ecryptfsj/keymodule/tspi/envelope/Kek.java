package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;

/** An unsealed key encryption key (KEK): wraps file keys until it is closed. */
final class Kek implements AutoCloseable {
    private static final int RSA_2048_BYTES = 256;

    private final AesGcm cipher;
    private final SealedKek sealed;
    private final Secret key;
    private final byte[] header;
    private boolean open = true;

    private Kek(AesGcm cipher, SealedKek sealed, Secret key) {
        this.cipher = cipher;
        this.sealed = sealed;
        this.key = key;
        this.header = EnvelopeV1.header(sealed.id(), sealed.bytes());
    }

    /** Creates a KEK and seals it. */
    static Kek create(AesGcm cipher, SealingKey sealingKey) throws KeyModuleException {
        ByteBuffer idBytes = ByteBuffer.allocateDirect(KekId.BYTES);
        cipher.random(idBytes);
        KekId id = KekId.of(idBytes);
        Secret key = Secret.allocate(AesGcm.KEY_BYTES);
        try (Secret payload = fill(cipher, key, id)) {
            return new Kek(cipher, new SealedKek(id, sealingKey.seal(payload)), key);
        } catch (KeyModuleException | RuntimeException e) {
            key.close();
            throw e;
        }
    }

    /** A temporary KEK that is not sealed: what it wraps cannot be unwrapped after it is closed. */
    static Kek throwaway(AesGcm cipher) {
        Secret key = Secret.allocate(AesGcm.KEY_BYTES);
        cipher.random(key.buffer());
        return new Kek(cipher, new SealedKek(new KekId(0, 0), new byte[RSA_2048_BYTES]), key);
    }

    private static Secret fill(AesGcm cipher, Secret key, KekId id) {
        cipher.random(key.buffer());
        return KekPayloadV1.of(id, key);
    }

    /**
     * Unseals a KEK.
     *
     * @throws KeyModuleException with the device's reason; BAD_DATA if it is another KEK
     */
    static Kek unseal(AesGcm cipher, SealedKek sealed, SealingKey sealingKey) throws KeyModuleException {
        try (Secret payload = sealingKey.unseal(sealed.bytes())) {
            return new Kek(cipher, sealed, KekPayloadV1.key(payload, sealed.id()));
        }
    }

    KekId id() {
        return sealed.id();
    }

    SealedKek sealed() {
        return sealed;
    }

    /** Wraps a file key; empty if this is closed. */
    synchronized Optional<byte[]> wrap(Secret payload) {
        if (!open) {
            return Optional.empty();
        }
        return Optional.of(EnvelopeV1.envelope(header, cipher.encrypt(key, header, payload)));
    }

    /**
     * Unwraps a file key.
     *
     * @return closed by the caller; empty if this is closed
     * @throws KeyModuleException BAD_DATA if it was changed
     */
    synchronized Optional<Secret> unwrap(EnvelopeV1 envelope) throws KeyModuleException {
        if (!open) {
            return Optional.empty();
        }
        Optional<Secret> payload = cipher.decrypt(key, envelope.header(), envelope.message());
        if (payload.isEmpty()) {
            throw new KeyModuleException(
                    Reason.BAD_DATA,
                    "the file's encrypted key is damaged, or was encrypted with another KEK",
                    "Restore the lower file.");
        }
        return payload;
    }

    @Override
    public synchronized void close() {
        open = false;
        key.close();
    }
}
