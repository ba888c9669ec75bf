package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;

/** A KEK that was unsealed: wraps file keys until it is closed. */
final class Kek implements AutoCloseable {
    private final AesGcm cipher;
    private final SealedKek sealed;
    private final Secret key;
    private boolean open = true;

    private Kek(AesGcm cipher, SealedKek sealed, Secret key) {
        this.cipher = cipher;
        this.sealed = sealed;
        this.key = key;
    }

    /** A new KEK, sealed. */
    static Kek make(AesGcm cipher, SealingKey by) throws KeyModuleException {
        ByteBuffer idBytes = ByteBuffer.allocateDirect(KekId.BYTES);
        cipher.random(idBytes);
        byte[] id = new byte[KekId.BYTES];
        idBytes.get(0, id);
        Secret key = Secret.allocate(AesGcm.KEY_BYTES);
        try (Secret payload = fill(cipher, key, KekId.of(id))) {
            return new Kek(cipher, new SealedKek(KekId.of(id), by.seal(payload)), key);
        } catch (KeyModuleException | RuntimeException e) {
            key.close();
            throw e;
        }
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
    static Kek unseal(AesGcm cipher, SealedKek sealed, SealingKey by) throws KeyModuleException {
        try (Secret payload = by.unseal(sealed.bytes())) {
            return new Kek(cipher, sealed, KekPayloadV1.key(payload, sealed.id()));
        }
    }

    KekId id() {
        return sealed.id();
    }

    SealedKek sealed() {
        return sealed;
    }

    /** Wraps a file key; empty if this was closed meanwhile. */
    synchronized Optional<byte[]> wrap(Secret payload) {
        if (!open) {
            return Optional.empty();
        }
        ByteBuffer random = ByteBuffer.allocateDirect(AesGcm.NONCE_BYTES);
        cipher.random(random);
        byte[] nonce = new byte[AesGcm.NONCE_BYTES];
        random.get(0, nonce);
        byte[] associated = EnvelopeV1.head(sealed.id(), sealed.bytes());
        byte[] encrypted = cipher.encrypt(key, nonce, associated, payload);
        return Optional.of(new EnvelopeV1(sealed.id(), sealed.bytes(), nonce, encrypted).bytes());
    }

    /**
     * Unwraps a file key.
     *
     * @return closed by the caller; empty if this was closed meanwhile
     * @throws KeyModuleException BAD_DATA if it was changed
     */
    synchronized Optional<Secret> unwrap(EnvelopeV1 envelope) throws KeyModuleException {
        return open
                ? Optional.of(cipher.decrypt(key, envelope.nonce(), envelope.associated(), envelope.encrypted()))
                : Optional.empty();
    }

    @Override
    public synchronized void close() {
        open = false;
        key.close();
    }
}
