package org.ecryptfsj.keymodule.openssl;

import org.ecryptfsj.keymodule.LowercaseHex;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * The fields of a protector of type {@code openssl} (docs/spec/key-file.md, section 9). Frozen.
 *
 * @param keyFile absolute path of the PEM file
 * @param publicKey fingerprint of its public key, see {@link RsaKey#publicKeyFingerprint()}
 * @param encrypted whether the private key is encrypted with a passphrase
 */
record OpensslProtectorFields(String keyFile, String publicKey, boolean encrypted) {
    /** The field with what the public key encrypted. */
    static final String WRAPPED = "key";

    /** The fewest bits of an RSA key. */
    static final int MIN_BITS = 2048;

    private static final String KEY_FILE = "keyFile";
    private static final String PUBLIC_KEY = "publicKey";
    private static final String ENCRYPTED = "encrypted";
    private static final int MAX_PATH = 4096;
    private static final int FINGERPRINT_DIGITS = 64;

    /**
     * Reads all fields but the wrapped one.
     *
     * @throws MalformedFieldException if one is missing, of another type or out of its range
     */
    static OpensslProtectorFields of(JsonObject fields) throws MalformedFieldException {
        String keyFile = fields.text(KEY_FILE, MAX_PATH);
        if (!isPath(keyFile)) {
            throw new MalformedFieldException(
                    "member \"" + KEY_FILE + "\" is no absolute path without control characters");
        }
        String publicKey = fields.text(PUBLIC_KEY, FINGERPRINT_DIGITS);
        if (!LowercaseHex.is(publicKey, FINGERPRINT_DIGITS)) {
            throw new MalformedFieldException(
                    "member \"" + PUBLIC_KEY + "\" is not " + FINGERPRINT_DIGITS + " lowercase hex digits");
        }
        return new OpensslProtectorFields(keyFile, publicKey, fields.truth(ENCRYPTED));
    }

    /**
     * Reads the wrapped field.
     *
     * @throws MalformedFieldException if its size is that of no RSA key
     */
    static byte[] wrapped(JsonObject fields) throws MalformedFieldException {
        return fields.bytes(WRAPPED, MIN_BITS / Byte.SIZE, RsaKey.MAX_BITS / Byte.SIZE);
    }

    /** Whether a path can be a field. */
    static boolean isPath(String path) {
        return path.startsWith("/") && path.length() <= MAX_PATH && path.chars().noneMatch(Character::isISOControl);
    }

    /** All fields but the wrapped one. */
    JsonObject json() {
        return JsonObject.empty()
                .with(KEY_FILE, keyFile)
                .with(PUBLIC_KEY, publicKey)
                .with(ENCRYPTED, encrypted);
    }

    /** What the file key is bound to, for people. */
    String binding() {
        return "RSA key in " + keyFile + (encrypted ? ", with a passphrase" : "");
    }
}
