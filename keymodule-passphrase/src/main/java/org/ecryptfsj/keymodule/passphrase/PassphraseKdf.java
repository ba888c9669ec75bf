package org.ecryptfsj.keymodule.passphrase;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.libcrypto.IteratedSha512;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.linux.LockedMemory;

/**
 * Derives a fekek and its signature from a passphrase (docs/spec/auth-tok.md, section 2). Frozen, because files depend on it:
 *
 * <pre>
 * h(1)      = SHA-512(salt | passphrase)
 * h(i)      = SHA-512(h(i - 1))
 * fekek     = h(65536)
 * signature = first 8 bytes of h(65537)
 * </pre>
 */
public final class PassphraseKdf {
    /** The longest passphrase, in bytes. */
    public static final int MAX_BYTES = 64;

    private static final int ROUNDS = 65536;

    private PassphraseKdf() {}

    /** Hashes a text so many times. */
    @FunctionalInterface
    interface Hash {
        /** @return 64 bytes, closed by the caller */
        Secret hash(Secret text, int rounds);
    }

    /** Found once, when the first passphrase comes. */
    private static final class Fastest {
        static final Hash HASH = fastest(() -> new IteratedSha512()::hash);
    }

    /**
     * The key of a passphrase.
     *
     * @param passphrase 1 to 64 bytes; owned by the caller
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if the passphrase is empty or too long
     */
    public static TokenContents.Passphrase derive(Secret passphrase, Salt salt) throws KeyModuleException {
        if (passphrase.size() == 0) {
            throw bad("the passphrase is empty");
        }
        if (passphrase.size() > MAX_BYTES) {
            throw bad("the passphrase has " + passphrase.size() + " bytes");
        }
        return derive(passphrase, salt, Fastest.HASH);
    }

    static TokenContents.Passphrase derive(Secret passphrase, Salt salt, Hash hash) {
        try (Secret text = Secret.allocate(Salt.BYTES + passphrase.size())) {
            text.buffer().put(0, salt.bytes());
            LockedMemory.copy(passphrase.buffer(), 0, text.buffer(), Salt.BYTES, passphrase.size());
            Secret fekek = hash.hash(text, ROUNDS);
            try (Secret last = hash.hash(fekek, 1)) {
                return new TokenContents.Passphrase(signature(last), fekek, salt);
            }
        }
    }

    /** What a machine has: libcrypto, or else the Java runtime's own. */
    static Hash fastest(Supplier<Hash> libcrypto) {
        try {
            return libcrypto.get();
        } catch (LibcryptoMissingException e) {
            return JavaSha512::hash;
        }
    }

    private static Signature signature(Secret hash) {
        byte[] first = new byte[Signature.HEX_DIGITS / 2];
        ByteBuffer bytes = hash.buffer();
        bytes.get(0, first);
        return Signature.ofFirstBytes(first);
    }

    private static KeyModuleException bad(String message) {
        return new KeyModuleException(Reason.BAD_PARAMETER, message, "Give a passphrase of 1 to 64 bytes.");
    }
}
