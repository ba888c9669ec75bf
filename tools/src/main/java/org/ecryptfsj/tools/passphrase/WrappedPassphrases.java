package org.ecryptfsj.tools.passphrase;

import java.util.Arrays;
import java.util.List;

/**
 * Parses a file with one wrapped passphrase, or with two: the first for contents, the second for file names. Lines of text
 * that begin with # can precede them (docs/spec/auth-tok.md, section 7).
 */
final class WrappedPassphrases {
    /** Maximum number of bytes that are read of a file: two passphrases and some lines of text. */
    static final int MAX_FILE_BYTES = 4096;

    private static final int BLOCK = 16;
    private static final int HEX_RADIX = 16;

    private WrappedPassphrases() {}

    /** Parses the bytes of a file. Bytes that follow the last passphrase are ignored, as the C tools do.
     *
     * @param name the file's name, for messages
     * @return one or two
     * @throws PassphraseFailure EINVAL if it is not a wrapped passphrase, ENOTSUP if its version is unknown
     */
    static List<WrappedPassphrase> parse(byte[] file, String name) throws PassphraseFailure {
        byte[] records = withoutText(file);
        int second = secondRecord(records);
        return second < 0
                ? List.of(WrappedPassphrase.parse(records, name))
                : List.of(
                        WrappedPassphrase.parse(Arrays.copyOf(records, second), name),
                        WrappedPassphrase.parse(Arrays.copyOfRange(records, second, records.length), name));
    }

    private static byte[] withoutText(byte[] file) {
        int at = 0;
        while (at < file.length && file[at] == '#') {
            while (at < file.length && file[at] != '\n') {
                at++;
            }
            at = Math.min(at + 1, file.length);
        }
        return Arrays.copyOfRange(file, at, file.length);
    }

    /** The offset of the second record, which begins after 1 to 4 blocks of the first one's ciphertext; -1 without one. */
    private static int secondRecord(byte[] records) {
        int ciphertext = ciphertextOffset(records, 0);
        for (int size = BLOCK; ciphertext > 0 && size <= EncryptedPassphrase.MAX_BYTES; size += BLOCK) {
            if (ciphertextOffset(records, ciphertext + size) > 0) {
                return ciphertext + size;
            }
        }
        return -1;
    }

    /** The offset of the ciphertext of the record at an offset; -1 if no record with a block of ciphertext begins there. */
    private static int ciphertextOffset(byte[] records, int at) {
        boolean isMarked = at + 1 < records.length
                && records[at] == WrappedPassphraseV2.MARK
                && records[at + 1] == WrappedPassphraseV2.VERSION;
        int signature = isMarked ? at + WrappedPassphraseV2.AT_SIGNATURE : at;
        int ciphertext = signature + WrappedPassphrase.SIGNATURE_BYTES;
        if (ciphertext + BLOCK > records.length) {
            return -1;
        }
        for (int i = signature; i < ciphertext; i++) {
            if (Character.digit((char) Byte.toUnsignedInt(records[i]), HEX_RADIX) < 0) {
                return -1;
            }
        }
        return ciphertext;
    }
}
