package org.ecryptfsj.tools.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * A recovery passphrase that is stored encrypted with the key of a mount. It is a second key for new files of the
 * mount. The machine can use it while it can use the first key; a person who knows it can use it anywhere.
 *
 * <pre>
 * offset  size  field
 * 0       8     "ECJSEAL1"
 * 8       n     the passphrase wrapped by the key's module, 1 to 512 bytes ({@link KeyModule#wrap})
 * </pre>
 */
public final class SealedPassphrase {
    /** Minimum length; shorter passphrases can be guessed, 16 characters are recommended. */
    public static final int MIN_BYTES = 8;

    /** Maximum length, the limit of eCryptfs. */
    public static final int MAX_BYTES = 64;

    private static final byte[] MAGIC = "ECJSEAL1".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_SEALED_BYTES = 512;

    private final byte[] sealed;

    private SealedPassphrase(byte[] sealed) {
        this.sealed = sealed;
    }

    /** Seals a passphrase.
     *
     * @param blob the blob of the sealing key
     * @throws ToolFailure EINVAL if the passphrase is too short or too long, EIO if the module fails
     */
    public static SealedPassphrase seal(KeyModule module, KeyBlob blob, Secret passphrase) throws ToolFailure {
        if (passphrase.size() < MIN_BYTES || passphrase.size() > MAX_BYTES) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the recovery passphrase has " + passphrase.size() + " bytes; " + MIN_BYTES + " to " + MAX_BYTES
                            + " are allowed",
                    "choose a passphrase of 16 characters or more");
        }
        try {
            return new SealedPassphrase(module.wrap(blob, passphrase));
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    /** Reads a file.
     *
     * @throws ToolFailure EINVAL if it is not a sealed passphrase
     */
    public static SealedPassphrase read(Path file) throws ToolFailure, IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAGIC.length + MAX_SEALED_BYTES + 1);
        }
        boolean fits = bytes.length > MAGIC.length
                && bytes.length <= MAGIC.length + MAX_SEALED_BYTES
                && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
        if (!fits) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    file + " is not a sealed recovery passphrase",
                    "name the file of ecryptfs-setup-tpm, or restore it from a backup");
        }
        return new SealedPassphrase(Arrays.copyOfRange(bytes, MAGIC.length, bytes.length));
    }

    /** The content of the file. */
    public byte[] bytes() {
        byte[] bytes = Arrays.copyOf(MAGIC, MAGIC.length + sealed.length);
        System.arraycopy(sealed, 0, bytes, MAGIC.length, sealed.length);
        return bytes;
    }

    /** Unseals the passphrase and creates its token.
     *
     * @param module the module of the sealing key
     * @param blob the blob of the sealing key
     * @param passphrases the passphrase key module
     * @return closed by the caller
     * @throws ToolFailure if the key cannot be used, or another key sealed the passphrase
     */
    public AuthTok token(KeyModule module, KeyBlob blob, KeyModule passphrases) throws ToolFailure {
        try (ParameterValues values = new ParameterValues()) {
            values.add("passphrase_passwd", module.unwrap(blob, sealed));
            return AuthTok.of(passphrases.alias(), passphrases.tokenContents(values));
        } catch (KeyModuleException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "cannot unseal the recovery passphrase: " + e.getMessage(),
                    Optional.of(e.advice())
                            .filter(advice -> !advice.isEmpty())
                            .orElse("omit ecryptfs_recovery= to mount without the recovery passphrase"));
        }
    }
}
