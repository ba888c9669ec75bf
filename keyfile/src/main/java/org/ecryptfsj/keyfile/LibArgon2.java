package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.NativeLibrary;

/** Argon2id by libargon2, the reference implementation (argon2.h): it takes a passphrase from locked memory and wipes its own. */
final class LibArgon2 {
    private static final String LIBRARY = "libargon2.so.1";

    private final Functions functions;

    private LibArgon2(Functions functions) {
        this.functions = functions;
    }

    /** The functions. */
    @CFunctions
    interface Functions {
        int argon2id_hash_raw(
                int passes,
                int memoryKib,
                int lanes,
                ByteBuffer passphrase,
                long passphraseBytes,
                ByteBuffer salt,
                long saltBytes,
                ByteBuffer hash,
                long hashBytes);
    }

    /** Loaded when the first passphrase comes: that takes longer than a cheap derivation. */
    private static final class Installed {
        static final Optional<LibArgon2> LIBRARY_OF_THIS_MACHINE = load();
    }

    /** The library, if it is installed. */
    static Optional<LibArgon2> installed() {
        return Installed.LIBRARY_OF_THIS_MACHINE;
    }

    private static Optional<LibArgon2> load() {
        try {
            return Optional.of(new LibArgon2(new LibArgon2FunctionsBinding(NativeLibrary.load(LIBRARY))));
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /**
     * Derives a key.
     *
     * @return closed by the caller
     */
    Secret derive(Argon2Cost cost, Secret passphrase, byte[] salt, int bytes) {
        ByteBuffer saltBuffer = ByteBuffer.allocateDirect(salt.length).put(0, salt);
        Secret key = Secret.allocate(bytes);
        int result = functions.argon2id_hash_raw(
                cost.passes(),
                cost.memoryKib(),
                cost.lanes(),
                passphrase.buffer(),
                passphrase.size(),
                saltBuffer,
                salt.length,
                key.buffer(),
                bytes);
        if (result != 0) {
            key.close();
            throw new IllegalStateException(
                    "argon2id_hash_raw failed with " + result + ": it needs " + cost.memoryKib() + " KiB of memory");
        }
        return key;
    }
}
