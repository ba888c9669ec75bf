package org.ecryptfsj.tools.passphrase;

import java.util.regex.Pattern;

/**
 * Version 1 of the wrapped-passphrase file format (docs/spec/auth-tok.md, section 7). Frozen; read only, never written.
 *
 * <table>
 * <caption>Bytes</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>16</td><td>signature of the wrapping key, hex</td></tr>
 * <tr><td>16</td><td>16 to 64, whole blocks</td><td>AES-128-ECB of the passphrase, padded with zero bytes</td></tr>
 * </table>
 *
 * <p>The file does not contain the salt of the wrapping key: it is that of {@code ~/.ecryptfsrc}, or the default salt.
 */
record WrappedPassphraseV1(String signature, EncryptedPassphrase encrypted) implements WrappedPassphrase {
    private static final int AT_ENCRYPTED = SIGNATURE_BYTES;
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{16}");

    static WrappedPassphraseV1 parse(byte[] file, String name) throws PassphraseFailure {
        String signature = WrappedPassphrase.signatureAt(file, 0);
        if (!HEX.matcher(signature).matches()) {
            throw WrappedPassphrase.notAWrappedPassphrase(
                    name, "it begins with neither a version mark nor a" + " signature");
        }
        return new WrappedPassphraseV1(signature, EncryptedPassphrase.at(file, AT_ENCRYPTED));
    }

    @Override
    public int version() {
        return 1;
    }
}
