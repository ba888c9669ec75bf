package org.ecryptfsj.tools.passphrase;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ecryptfsj.keymodule.Salt;

/**
 * The second layout of a wrapped passphrase (docs/spec/auth-tok.md, section 7). Frozen.
 *
 * <table>
 * <caption>Bytes</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>1</td><td>mark: a colon</td></tr>
 * <tr><td>1</td><td>1</td><td>version: 2</td></tr>
 * <tr><td>2</td><td>8</td><td>salt of the wrapping key</td></tr>
 * <tr><td>10</td><td>16</td><td>signature of the wrapping key, hex</td></tr>
 * <tr><td>26</td><td>16 to 64, whole blocks</td><td>AES-128-ECB of the passphrase, filled up with zeros</td></tr>
 * </table>
 */
record WrappedPassphraseV2(Salt salt, String signature, EncryptedPassphrase encrypted) implements WrappedPassphrase {
    /** First byte. */
    static final byte MARK = ':';

    /** Second byte. */
    static final byte VERSION = 2;

    private static final int AT_SALT = 2;
    private static final int AT_SIGNATURE = AT_SALT + Salt.BYTES;
    private static final int AT_ENCRYPTED = AT_SIGNATURE + SIGNATURE_BYTES;

    /** The largest file of this layout; no other layout has a larger one. */
    static final int MAX_BYTES = AT_ENCRYPTED + EncryptedPassphrase.MAX_BYTES;

    static WrappedPassphraseV2 parse(byte[] file, String name) throws PassphraseFailure {
        if (file.length <= AT_ENCRYPTED) {
            throw WrappedPassphrase.notOne(name, "it ends before the encrypted passphrase");
        }
        return new WrappedPassphraseV2(
                Salt.of(Arrays.copyOfRange(file, AT_SALT, AT_SIGNATURE)),
                WrappedPassphrase.signatureAt(file, AT_SIGNATURE),
                EncryptedPassphrase.at(file, AT_ENCRYPTED));
    }

    /** The file's bytes. */
    byte[] bytes() {
        byte[] cipherText = encrypted.bytes();
        return ByteBuffer.allocate(AT_ENCRYPTED + cipherText.length)
                .put(MARK)
                .put(VERSION)
                .put(salt.bytes())
                .put(signature.getBytes(StandardCharsets.ISO_8859_1))
                .put(cipherText)
                .array();
    }

    @Override
    public int version() {
        return VERSION;
    }
}
