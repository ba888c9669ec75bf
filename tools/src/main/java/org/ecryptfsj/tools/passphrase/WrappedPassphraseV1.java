package org.ecryptfsj.tools.passphrase;

import java.util.regex.Pattern;

/**
 * The first layout of a wrapped passphrase (docs/spec/auth-tok.md, section 7). Frozen; read, never written any more.
 *
 * <table>
 * <caption>Bytes</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>16</td><td>signature of the wrapping key, hex</td></tr>
 * <tr><td>16</td><td>16 to 64, whole blocks</td><td>AES-128-ECB of the passphrase, filled up with zeros</td></tr>
 * </table>
 *
 * <p>The salt of the wrapping key is not in the file: it is the one of {@code ~/.ecryptfsrc}, or the default one.
 */
record WrappedPassphraseV1(String signature, EncryptedPassphrase encrypted) implements WrappedPassphrase {
    private static final int AT_ENCRYPTED = SIGNATURE_BYTES;
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{16}");

    static WrappedPassphraseV1 parse(byte[] file, String name) throws PassphraseFailure {
        String signature = WrappedPassphrase.signatureAt(file, 0);
        if (!HEX.matcher(signature).matches()) {
            throw WrappedPassphrase.notOne(name, "it begins neither with a version mark nor with a signature");
        }
        return new WrappedPassphraseV1(signature, EncryptedPassphrase.at(file, AT_ENCRYPTED));
    }

    @Override
    public int version() {
        return 1;
    }
}
