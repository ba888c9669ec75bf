package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A key as libtspi's storage file holds it: a TPM_KEY behind its UUID.
 *
 * @param description the TPM_KEY up to its modulus, as hex digits: version, usage, flags, algorithm, PCR information
 * @param modulus of the RSA key, as hex digits
 */
record StoredTestKey(String description, String modulus) {
    private static final String TPM_KEY_OF_A_STORAGE_KEY = "0101000000110000";

    static StoredTestKey read(Path storage, String uuid) throws IOException {
        byte[] bytes = Files.readAllBytes(storage);
        String hex = HexFormat.of().formatHex(bytes);
        int start = hex.indexOf(TPM_KEY_OF_A_STORAGE_KEY, hex.indexOf(uuid)) / 2;
        ByteBuffer in = ByteBuffer.wrap(bytes).position(start + 19);
        in.position(in.getInt() + in.position());
        in.position(in.getInt() + in.position());
        String description = hex.substring(2 * start, 2 * in.position());
        byte[] modulus = new byte[in.getInt()];
        in.get(modulus);
        return new StoredTestKey(description, HexFormat.of().formatHex(modulus));
    }
}
