package org.ecryptfsj.keyfile;

import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * What a guess of a passphrase costs: Argon2id, version 0x13 (RFC 9106), with a result of 32 bytes.
 *
 * @param memoryKib memory in KiB
 * @param passes passes over the memory
 * @param lanes lanes of the memory
 */
record Argon2Cost(int memoryKib, int passes, int lanes) {
    static final int MOST_MEMORY_KIB = 256 * 1024;
    static final int MOST_PASSES = 64;
    static final int MOST_LANES = 16;

    /** RFC 9106, section 4, the second recommended option, whose 64 MiB are the smaller ones. */
    static final int NEW_MEMORY_KIB = 64 * 1024;

    static final int NEW_LANES = 4;
    static final int LEAST_NEW_PASSES = 3;

    private static final int LEAST_KIB_OF_LANE = 8;
    private static final String MEMORY = "memoryKiB";
    private static final String PASSES = "passes";
    private static final String LANES = "lanes";

    /**
     * The cost that a key file names; nothing is allocated before it is known to be within the limits.
     *
     * @throws MalformedFieldException if it is not
     */
    static Argon2Cost of(JsonObject fields) throws MalformedFieldException {
        int lanes = fields.integer(LANES, 1, MOST_LANES);
        int memory = fields.integer(MEMORY, LEAST_KIB_OF_LANE * lanes, MOST_MEMORY_KIB);
        return new Argon2Cost(memory, fields.integer(PASSES, 1, MOST_PASSES), lanes);
    }

    /** Fields with this cost. */
    JsonObject into(JsonObject fields) {
        return fields.with(MEMORY, memoryKib).with(PASSES, passes).with(LANES, lanes);
    }

    /**
     * The key of a passphrase. Takes as long as it costs; nothing interrupts it. By libargon2; without it by Bouncy Castle, which
     * leaves the passphrase in the heap's unused memory until that is used again.
     *
     * @return 32 bytes, closed by the caller
     */
    Secret derive(Secret passphrase, byte[] salt) {
        Optional<LibArgon2> library = LibArgon2.installed();
        return library.isPresent()
                ? library.get().derive(this, passphrase, salt, AesGcm.KEY_BYTES)
                : deriveInJava(passphrase, salt);
    }

    Secret deriveInJava(Secret passphrase, byte[] salt) {
        Argon2Parameters parameters = new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt)
                .build();
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(parameters);
        byte[] key = new byte[AesGcm.KEY_BYTES];
        try {
            passphrase.onHeap(bytes -> generator.generateBytes(bytes, key));
            return Secret.takeBytes(key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }
}
