package org.ecryptfsj.tools.passphrase;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.lower.BlockMode;
import org.ecryptfsj.lower.CipherSpec;
import org.ecryptfsj.lower.FileCipher;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;

/**
 * Wraps and unwraps a passphrase with AES-128-ECB. The key is the first 16 bytes of the key derived from the wrapping
 * passphrase (docs/spec/auth-tok.md, section 7).
 */
final class PassphraseWrapper {
    /** Maximum length of a passphrase in bytes. */
    static final int MAX_BYTES = 64;

    private static final int BLOCK = 16;
    private static final CipherSpec AES_128 = new CipherSpec(FileCipher.AES, 16);

    private final PassphraseTokens tokens;
    private final Path home;
    private final Platform platform;

    /** @param home directory whose {@code .ecryptfsrc} can set the salt for files of version 1 */
    PassphraseWrapper(PassphraseTokens tokens, Path home) {
        this(tokens, home, LinuxPlatform.INSTANCE);
    }

    /** @param platform reads the file in the home directory */
    PassphraseWrapper(PassphraseTokens tokens, Path home, Platform platform) {
        this.tokens = tokens;
        this.home = home;
        this.platform = platform;
    }

    /**
     * Wraps a passphrase with a random salt.
     *
     * @throws PassphraseFailure EIO if the passphrase is empty, EINVAL if the wrapping passphrase is empty
     */
    WrappedPassphraseV2 wrap(Secret passphrase, Secret wrapping) throws PassphraseFailure {
        if (passphrase.size() == 0) {
            throw new PassphraseFailure(
                    Errno.EIO, "the passphrase to wrap is empty", "give a passphrase of 1" + " to 64 bytes");
        }
        byte[] salt = new byte[Salt.BYTES];
        new SecureRandom().nextBytes(salt);
        try (AuthTok.Password key = key(wrapping, Salt.of(salt));
                BlockMode cipher = BlockMode.of(AES_128, key.fekek());
                Secret padded = padded(passphrase)) {
            EncryptedPassphrase encrypted = EncryptedPassphrase.of(cipher.encryptEcb(padded));
            return new WrappedPassphraseV2(key.salt(), key.signature().hex(), encrypted);
        }
    }

    /** Unwraps a passphrase.
     *
     * @param name the file's name, for messages
     * @return to be closed by the caller
     * @throws PassphraseFailure EIO if the wrapping passphrase is wrong or the file is damaged, EINVAL if the
     * passphrase is empty
     */
    Secret unwrap(WrappedPassphrase wrapped, Secret wrapping, String name) throws PassphraseFailure {
        Salt salt = wrapped instanceof WrappedPassphraseV2 v2 ? v2.salt() : ConfiguredSalt.of(home, platform);
        try (AuthTok.Password key = key(wrapping, salt)) {
            if (!key.signature().hex().equals(wrapped.signature())) {
                throw new PassphraseFailure(
                        Errno.EIO, "wrong wrapping passphrase for " + name, wrongPassphraseAdvice(wrapped));
            }
            byte[] encrypted = wrapped.encrypted().bytes();
            if (encrypted.length == 0 || encrypted.length % BLOCK != 0) {
                throw new PassphraseFailure(
                        Errno.EIO,
                        name + " is damaged: the length of the encrypted passphrase is " + encrypted.length
                                + " bytes, not a multiple of 16",
                        "restore the file from a backup");
            }
            try (BlockMode cipher = BlockMode.of(AES_128, key.fekek());
                    Secret padded = cipher.decryptEcb(encrypted)) {
                return withoutPadding(padded);
            }
        }
    }

    /** Unwraps passphrases with the same wrapping passphrase.
     *
     * @param name the file's name, for messages
     * @return in the same order, each to be closed by the caller
     * @throws PassphraseFailure as {@link #unwrap}; then none is returned
     */
    List<Secret> unwrapAll(List<WrappedPassphrase> wrapped, Secret wrapping, String name) throws PassphraseFailure {
        List<Secret> unwrapped = new ArrayList<>();
        try {
            for (WrappedPassphrase one : wrapped) {
                unwrapped.add(unwrap(one, wrapping, name));
            }
            return List.copyOf(unwrapped);
        } catch (PassphraseFailure e) {
            unwrapped.forEach(Secret::close);
            throw e;
        }
    }

    private static String wrongPassphraseAdvice(WrappedPassphrase wrapped) {
        return wrapped.version() == 1
                ? "try again (it is usually your login passphrase); a file of version 1 also needs the salt"
                        + " that ~/.ecryptfsrc had when the file was written"
                : "try again; it is usually your login passphrase";
    }

    private AuthTok.Password key(Secret wrapping, Salt salt) throws PassphraseFailure {
        try {
            return tokens.derive(wrapping, salt);
        } catch (KeyModuleException e) {
            throw new PassphraseFailure(
                    Errno.EINVAL, "the wrapping passphrase cannot be used: " + e.getMessage(), e.advice());
        }
    }

    private static Secret padded(Secret passphrase) {
        Secret padded = Secret.allocate((passphrase.size() + BLOCK - 1) / BLOCK * BLOCK);
        passphrase.writeTo(padded.buffer());
        return padded;
    }

    /** A passphrase contains no zero byte: the first zero byte ends it. */
    private static Secret withoutPadding(Secret padded) {
        int length = 0;
        while (length < padded.size() && padded.buffer().get(length) != 0) {
            length++;
        }
        return Secret.copyOf(padded.buffer().limit(length));
    }
}
