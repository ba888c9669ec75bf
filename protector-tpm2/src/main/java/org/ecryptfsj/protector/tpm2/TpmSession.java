package org.ecryptfsj.protector.tpm2;

import java.security.MessageDigest;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesBlocks;
import org.ecryptfsj.libcrypto.AesGcm;

/**
 * A salted session, in which secrets cross encrypted and answers are authenticated (docs/spec/tpm2.md, section 6). One use of an
 * object at a time: {@link #encrypt} or {@link #roll}, the command, {@link #decrypt}.
 */
final class TpmSession implements Authorization, AutoCloseable {
    static final int NONCE_BYTES = 32;

    private static final int CONTINUE = 0x01;
    private static final int DECRYPT = 0x20;
    private static final int ENCRYPT = 0x40;

    private final Tpm tpm;
    private final int handle;
    private final SessionKeys keys;
    private final Secret key;
    private byte[] callerNonce;
    private byte[] tpmNonce;
    private int attributes;

    private TpmSession(Tpm tpm, int handle, SessionKeys keys, Secret key, byte[] callerNonce, byte[] tpmNonce) {
        this.tpm = tpm;
        this.handle = handle;
        this.keys = keys;
        this.key = key;
        this.callerNonce = callerNonce;
        this.tpmNonce = tpmNonce;
    }

    /**
     * A session that the TPM has started.
     *
     * @param salt stays the caller's
     * @param authorization value of the object that is used with the session, may be empty; stays the caller's
     */
    static TpmSession started(
            Tpm tpm,
            int handle,
            SessionKeys keys,
            Secret salt,
            Secret authorization,
            byte[] callerNonce,
            byte[] tpmNonce) {
        try (Secret sessionKey = keys.kdfa(salt, "ATH", tpmNonce, callerNonce)) {
            Secret key = Secret.allocate(sessionKey.size() + authorization.size());
            authorization.writeTo(sessionKey.writeTo(key.buffer()));
            return new TpmSession(tpm, handle, keys, key, callerNonce, tpmNonce);
        }
    }

    /** Its handle. */
    int handle() {
        return handle;
    }

    /** Begins a use whose command has no secret parameter. */
    void roll() {
        callerNonce = nonce();
        attributes = CONTINUE | ENCRYPT;
    }

    /**
     * Begins a use: encrypts the content of the first parameter.
     *
     * @param content stays the caller's
     */
    byte[] encrypt(Secret content) {
        callerNonce = nonce();
        attributes = CONTINUE | DECRYPT | ENCRYPT;
        try (Secret keyAndIv = keys.kdfa(key, "CFB", callerNonce, tpmNonce)) {
            return new AesBlocks().encryptCfb128(keyAndIv, content);
        }
    }

    /**
     * Decrypts the content of the answer's first parameter.
     *
     * @return closed by the caller
     */
    Secret decrypt(byte[] content) {
        try (Secret keyAndIv = keys.kdfa(key, "CFB", tpmNonce, callerNonce)) {
            return new AesBlocks().decryptCfb128(keyAndIv, content);
        }
    }

    @Override
    public byte[] area(byte[] commandHash) {
        byte[] code = code(commandHash, callerNonce, tpmNonce);
        return new TpmWriter()
                .u32(handle)
                .sized(callerNonce)
                .u8(attributes)
                .sized(code)
                .bytes();
    }

    @Override
    public void verify(byte[] responseHash, TpmReader area) throws TpmException {
        tpmNonce = area.sized();
        if (area.u8() != attributes) {
            throw TpmException.malformed("the session has other attributes");
        }
        byte[] code = area.sized();
        area.end();
        if (tpmNonce.length != NONCE_BYTES || !MessageDigest.isEqual(code, code(responseHash, tpmNonce, callerNonce))) {
            throw TpmException.malformed("it is not authentic");
        }
    }

    /** Not secret: it crosses the bus. */
    private byte[] code(byte[] hash, byte[] newerNonce, byte[] olderNonce) {
        byte[] message = new TpmWriter()
                .raw(hash)
                .raw(newerNonce)
                .raw(olderNonce)
                .u8(attributes)
                .bytes();
        try (Secret code = keys.hmac(key, message)) {
            return code.onHeap(byte[]::clone);
        }
    }

    static byte[] nonce() {
        return new AesGcm().random(NONCE_BYTES);
    }

    @Override
    public void close() {
        key.close();
        tpm.flush(handle);
    }
}
