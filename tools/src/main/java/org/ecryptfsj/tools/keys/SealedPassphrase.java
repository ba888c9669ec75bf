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
 * A recovery passphrase that a machine keeps encrypted with a mount's own key: a second key for the mount's new files, which
 * the machine can use as long as it can use the first, and a person anywhere by knowing it.
 *
 * <pre>
 * offset  size  field
 * 0       8     "ECJSEAL1"
 * 8       n     what the key's module made of the passphrase, 1 to 512 bytes ({@link KeyModule#wrap})
 * </pre>
 */
public final class SealedPassphrase {
    /** The shortest passphrase taken: 16 characters are advised, and what is shorter than this is guessed. */
    public static final int MIN_BYTES = 8;

    /** The longest: what eCryptfs takes. */
    public static final int MAX_BYTES = 64;

    private static final byte[] MAGIC = "ECJSEAL1".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_SEALED_BYTES = 512;

    private final byte[] sealed;

    private SealedPassphrase(byte[] sealed) {
        this.sealed = sealed;
    }

    /**
     * Seals.
     *
     * @param blob of the key that seals
     * @throws ToolFailure EINVAL if the passphrase is too short or too long, EIO if the module cannot
     */
    public static SealedPassphrase seal(KeyModule module, KeyBlob blob, Secret passphrase) throws ToolFailure {
        if (passphrase.size() < MIN_BYTES || passphrase.size() > MAX_BYTES) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the recovery passphrase has " + passphrase.size() + " bytes, not " + MIN_BYTES + " to "
                            + MAX_BYTES,
                    "choose another one, of 16 characters or more");
        }
        try {
            return new SealedPassphrase(module.wrap(blob, passphrase));
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    /**
     * What a file holds.
     *
     * @throws ToolFailure EINVAL if it is no such file
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
                    file + " holds no sealed recovery passphrase",
                    "name the file that ecryptfs-setup-tpm wrote, or restore it");
        }
        return new SealedPassphrase(Arrays.copyOfRange(bytes, MAGIC.length, bytes.length));
    }

    /** The file's contents. */
    public byte[] bytes() {
        byte[] bytes = Arrays.copyOf(MAGIC, MAGIC.length + sealed.length);
        System.arraycopy(sealed, 0, bytes, MAGIC.length, sealed.length);
        return bytes;
    }

    /**
     * The token of the passphrase.
     *
     * @param module of the key that sealed it
     * @param blob of that key
     * @param passphrases the module that makes tokens of passphrases
     * @return closed by the caller
     * @throws ToolFailure if the key cannot be used now, or did not seal it
     */
    public AuthTok token(KeyModule module, KeyBlob blob, KeyModule passphrases) throws ToolFailure {
        try (ParameterValues values = new ParameterValues()) {
            values.add("passphrase_passwd", module.unwrap(blob, sealed));
            return AuthTok.of(passphrases.alias(), passphrases.credential(values));
        } catch (KeyModuleException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "the recovery passphrase cannot be unsealed: " + e.getMessage(),
                    Optional.of(e.advice())
                            .filter(advice -> !advice.isEmpty())
                            .orElse("leave ecryptfs_recovery= out to mount without it"));
        }
    }
}
