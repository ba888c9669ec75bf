package org.ecryptfsj.tools.passphrase;

import java.nio.charset.StandardCharsets;
import jnr.constants.platform.Errno;

/**
 * The content of a wrapped-passphrase file: a passphrase, encrypted with a key that is derived from a wrapping
 * passphrase (docs/spec/auth-tok.md, section 7).
 */
sealed interface WrappedPassphrase permits WrappedPassphraseV1, WrappedPassphraseV2 {
    /** Length of the wrapping key's signature in hex digits; a wrong wrapping passphrase gives another signature. */
    int SIGNATURE_BYTES = 16;

    /** The version of the file format. */
    int version();

    /** The signature in the file, unchanged. */
    String signature();

    /** The encrypted passphrase. */
    EncryptedPassphrase encrypted();

    /** Parses the bytes of a file.
     *
     * @param name the file's name, for messages
     * @throws PassphraseFailure EINVAL if it is not a wrapped passphrase, ENOTSUP if its version is unknown
     */
    static WrappedPassphrase parse(byte[] file, String name) throws PassphraseFailure {
        if (file.length < SIGNATURE_BYTES) {
            throw notAWrappedPassphrase(name, "it has only " + file.length + " bytes");
        }
        if (file[0] != WrappedPassphraseV2.MARK) {
            return WrappedPassphraseV1.parse(file, name);
        }
        if (file[1] != WrappedPassphraseV2.VERSION) {
            throw new PassphraseFailure(
                    Errno.EOPNOTSUPP,
                    name + " contains a wrapped passphrase of version " + Byte.toUnsignedInt(file[1])
                            + "; only versions 1 and 2 are supported",
                    "use the program that wrote it");
        }
        return WrappedPassphraseV2.parse(file, name);
    }

    /** The failure for a file that is not a wrapped passphrase. */
    static PassphraseFailure notAWrappedPassphrase(String name, String why) {
        return new PassphraseFailure(
                Errno.EINVAL,
                name + " is not a wrapped passphrase: " + why,
                "name a file of ecryptfs-wrap-passphrase, usually ~/.ecryptfs/wrapped-passphrase");
    }

    /** The text of a signature field. */
    static String signatureAt(byte[] file, int at) {
        return new String(file, at, SIGNATURE_BYTES, StandardCharsets.ISO_8859_1);
    }
}
