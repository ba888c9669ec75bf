package org.ecryptfsj.tools.passphrase;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ecryptfsj.keymodule.Salt;

/**
 * Version 2 of the wrapped-passphrase file format (docs/spec/auth-tok.md, section 7). Frozen.
 *
 * <table>
 * <caption>Bytes</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>1</td><td>mark: a colon</td></tr>
 * <tr><td>1</td><td>1</td><td>version: 2</td></tr>
 * <tr><td>2</td><td>8</td><td>salt of the wrapping key</td></tr>
 * <tr><td>10</td><td>16</td><td>signature of the wrapping key, hex</td></tr>
 * <tr><td>26</td><td>16 to 64, whole blocks</td><td>AES-128-ECB of the passphrase, padded with zero bytes</td></tr>
 * </table>
 */
record WrappedPassphraseV2(Salt salt, String signature, EncryptedPassphrase encrypted) implements WrappedPassphrase {
    /** First byte. */
    static final byte MARK = ':';

    /** Second byte. */
    static final byte VERSION = 2;

    private static final int AT_SALT = 2;
    /** Offset of the signature. */
    static final int AT_SIGNATURE = AT_SALT + Salt.BYTES;

    private static final int AT_ENCRYPTED = AT_SIGNATURE + SIGNATURE_BYTES;

    /** Maximum size of a file of this version; version 1 is smaller. */
    static final int MAX_BYTES = AT_ENCRYPTED + EncryptedPassphrase.MAX_BYTES;

    static WrappedPassphraseV2 parse(byte[] file, String name) throws PassphraseFailure {
        if (file.length <= AT_ENCRYPTED) {
            throw WrappedPassphrase.notAWrappedPassphrase(name, "it ends before the encrypted passphrase");
        }
        return new WrappedPassphraseV2(
                Salt.of(Arrays.copyOfRange(file, AT_SALT, AT_SIGNATURE)),
                WrappedPassphrase.signatureAt(file, AT_SIGNATURE),
                EncryptedPassphrase.at(file, AT_ENCRYPTED));
    }

    /** The file's bytes. */
    byte[] bytes() {
        byte[] ciphertext = encrypted.bytes();
        return ByteBuffer.allocate(AT_ENCRYPTED + ciphertext.length)
                .put(MARK)
                .put(VERSION)
                .put(salt.bytes())
                .put(signature.getBytes(StandardCharsets.ISO_8859_1))
                .put(ciphertext)
                .array();
    }

    @Override
    public int version() {
        return VERSION;
    }
}
