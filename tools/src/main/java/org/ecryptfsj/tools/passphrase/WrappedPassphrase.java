package org.ecryptfsj.tools.passphrase;

import java.nio.charset.StandardCharsets;
import jnr.constants.platform.Errno;

/** What stands in a wrapped-passphrase file: a passphrase, encrypted with a key made of another (docs/spec/auth-tok.md, section 7). */
sealed interface WrappedPassphrase permits WrappedPassphraseV1, WrappedPassphraseV2 {
    /** Hex digits of the wrapping key's signature, which tells a wrong wrapping passphrase. */
    int SIGNATURE_BYTES = 16;

    /** The layout's number. */
    int version();

    /** The signature as it stands in the file. */
    String signature();

    /** The passphrase. */
    EncryptedPassphrase encrypted();

    /**
     * Reads a file's bytes.
     *
     * @param name the file's, for messages
     * @throws PassphraseFailure EINVAL if they are no wrapped passphrase, ENOTSUP if they are one of another version
     */
    static WrappedPassphrase parse(byte[] file, String name) throws PassphraseFailure {
        if (file.length < SIGNATURE_BYTES) {
            throw notOne(name, "it has only " + file.length + " bytes");
        }
        if (file[0] != WrappedPassphraseV2.MARK) {
            return WrappedPassphraseV1.parse(file, name);
        }
        if (file[1] != WrappedPassphraseV2.VERSION) {
            throw new PassphraseFailure(
                    Errno.EOPNOTSUPP,
                    name + " holds a wrapped passphrase of version " + Byte.toUnsignedInt(file[1])
                            + ", and only 1 and 2 are known",
                    "use the program that wrote it");
        }
        return WrappedPassphraseV2.parse(file, name);
    }

    /** The failure of a file that is something else. */
    static PassphraseFailure notOne(String name, String why) {
        return new PassphraseFailure(
                Errno.EINVAL,
                name + " is not a wrapped passphrase: " + why,
                "name the file that ecryptfs-wrap-passphrase made, usually ~/.ecryptfs/wrapped-passphrase");
    }

    /** The text of a signature field. */
    static String signatureAt(byte[] file, int at) {
        return new String(file, at, SIGNATURE_BYTES, StandardCharsets.ISO_8859_1);
    }
}
