package org.ecryptfsj.tools.passphrase;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import jnr.constants.platform.Errno;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.lower.BlockMode;
import org.ecryptfsj.lower.CipherSpec;
import org.ecryptfsj.lower.FileCipher;
import org.ecryptfsj.tools.keys.PassphraseTokens;

/**
 * Wraps one passphrase with another: AES-128-ECB, the key being the first 16 bytes of what the key derivation makes of the
 * wrapping passphrase (docs/spec/auth-tok.md, section 7).
 */
final class Wrapping {
    /** The longest passphrase, in bytes. */
    static final int MAX_BYTES = 64;

    private static final int BLOCK = 16;
    private static final CipherSpec AES_128 = new CipherSpec(FileCipher.AES, 16);

    private final PassphraseTokens tokens;
    private final Path home;

    /** @param home where {@code .ecryptfsrc} may name the salt of files of version 1 */
    Wrapping(PassphraseTokens tokens, Path home) {
        this.tokens = tokens;
        this.home = home;
    }

    /**
     * Wraps a passphrase, with a salt of its own.
     *
     * @throws PassphraseFailure EIO if the passphrase is empty, EINVAL if the wrapping one is
     */
    WrappedPassphraseV2 wrap(Secret passphrase, Secret wrapping) throws PassphraseFailure {
        if (passphrase.size() == 0) {
            throw new PassphraseFailure(Errno.EIO, "the passphrase to wrap is empty", "give one of 1 to 64 bytes");
        }
        byte[] salt = new byte[Salt.BYTES];
        new SecureRandom().nextBytes(salt);
        try (AuthTok.Password key = key(wrapping, Salt.of(salt));
                Secret padded = padded(passphrase);
                BlockMode aes = BlockMode.of(AES_128, key.fekek())) {
            byte[] encrypted = padded.onHeap(bytes -> aes.ecb(true, bytes));
            return new WrappedPassphraseV2(key.salt(), key.signature().hex(), CipherText.of(encrypted));
        }
    }

    /**
     * The passphrase that was wrapped.
     *
     * @param name the file's, for messages
     * @return closed by the caller
     * @throws PassphraseFailure EIO if the wrapping passphrase is wrong or the file is damaged, EINVAL if it is empty
     */
    Secret unwrap(WrappedPassphrase wrapped, Secret wrapping, String name) throws PassphraseFailure {
        Salt salt = wrapped instanceof WrappedPassphraseV2 v2 ? v2.salt() : UsualSalt.of(home);
        try (AuthTok.Password key = key(wrapping, salt)) {
            if (!key.signature().hex().equals(wrapped.signature())) {
                throw new PassphraseFailure(
                        Errno.EIO, "the wrapping passphrase is not that of " + name, wrongPassphraseAdvice(wrapped));
            }
            byte[] encrypted = wrapped.encrypted().bytes();
            if (encrypted.length == 0 || encrypted.length % BLOCK != 0) {
                throw new PassphraseFailure(
                        Errno.EIO,
                        name + " is damaged: its encrypted passphrase has " + encrypted.length
                                + " bytes, not a multiple of 16",
                        "restore the file from a backup");
            }
            try (BlockMode aes = BlockMode.of(AES_128, key.fekek())) {
                return withoutPadding(aes.ecb(false, encrypted));
            }
        }
    }

    private static String wrongPassphraseAdvice(WrappedPassphrase wrapped) {
        return wrapped.version() == 1
                ? "type it again (usually it is your login passphrase); a file of version 1 also needs the salt that"
                        + " ~/.ecryptfsrc named when it was made"
                : "type it again; usually it is your login passphrase";
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

    /** A passphrase holds no zero byte: the first one ends it. */
    private static Secret withoutPadding(byte[] padded) {
        try {
            int length = 0;
            while (length < padded.length && padded[length] != 0) {
                length++;
            }
            return Secret.copyOf(ByteBuffer.wrap(padded, 0, length));
        } finally {
            Arrays.fill(padded, (byte) 0);
        }
    }
}
