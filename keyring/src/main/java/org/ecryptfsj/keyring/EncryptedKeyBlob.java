package org.ecryptfsj.keyring;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesBlocks;
import org.ecryptfsj.libcrypto.Sha256;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The text with which a FEKEK is loaded into a kernel key of type {@code encrypted}, format {@code ecryptfs}
 * (docs/spec/kernel-keys.md, section 1). It is encrypted and authenticated under a master key, and so no secret itself.
 *
 * <pre>
 * load ecryptfs user:DESCRIPTION 64 HEX      HEX = IV (16) | 00 | AES-256-CBC of the FEKEK (64) | HMAC-SHA-256 (32)
 * </pre>
 */
final class EncryptedKeyBlob {
    static final int MASTER_BYTES = 32;
    static final int IV_BYTES = 16;

    private static final String FORMAT = "ecryptfs";
    private static final int FEKEK_BYTES = 64;

    /** Both keys are the digest of a label, a zero and the master key, filled with zeros as if the label had this length. */
    private static final int LABEL_BYTES = "AUTH_KEY".length() + 1;

    private EncryptedKeyBlob() {}

    /**
     * Makes the payload for add_key(2).
     *
     * @param fekek 64 bytes
     * @param master {@value #MASTER_BYTES} bytes
     * @param description the master key's description, a key of type {@code user}
     * @param iv {@value #IV_BYTES} random bytes, never used twice with one master key
     * @return ASCII, without a NUL at its end
     * @throws org.ecryptfsj.libcrypto.LibcryptoMissingException if libcrypto is not installed
     */
    static byte[] text(Secret fekek, Secret master, String description, byte[] iv) {
        if (fekek.size() != FEKEK_BYTES || master.size() != MASTER_BYTES || iv.length != IV_BYTES) {
            throw new IllegalArgumentException("a FEKEK has 64 bytes, a master key 32, an IV 16");
        }
        String name = "user:" + description;
        byte[] ciphertext = encrypt(fekek, master, iv);
        byte[] hmac = authenticate(master, name, iv, ciphertext);
        ByteBuffer blob = ByteBuffer.allocate(iv.length + 1 + ciphertext.length + hmac.length);
        blob.put(iv).put((byte) 0).put(ciphertext).put(hmac);
        StringBuilder text = new StringBuilder("load " + FORMAT + " " + name + " " + FEKEK_BYTES + " ");
        for (byte each : blob.array()) {
            text.append(Character.forDigit(each >> 4 & 0xF, 16)).append(Character.forDigit(each & 0xF, 16));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] encrypt(Secret fekek, Secret master, byte[] iv) {
        try (Secret key = derived("ENC_KEY", master)) {
            return new AesBlocks().encryptCbc256(key, iv, fekek);
        }
    }

    private static byte[] authenticate(Secret master, String name, byte[] iv, byte[] ciphertext) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (String part : new String[] {FORMAT, name, Integer.toString(FEKEK_BYTES)}) {
            message.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
            message.write(0);
        }
        message.writeBytes(iv);
        message.write(0);
        message.writeBytes(ciphertext);
        ByteBuffer direct = ByteBuffer.allocateDirect(message.size()).put(0, message.toByteArray());
        try (Secret key = derived("AUTH_KEY", master);
                Secret hmac = new Sha256().hmac(key.buffer(), direct)) {
            byte[] bytes = new byte[Sha256.BYTES];
            hmac.buffer().get(0, bytes);
            return bytes;
        }
    }

    private static Secret derived(String label, Secret master) {
        byte[] ascii = label.getBytes(StandardCharsets.US_ASCII);
        try (Secret input = Secret.allocate(LABEL_BYTES + MASTER_BYTES)) {
            input.buffer().put(0, ascii);
            LockedMemory.copy(master.buffer(), 0, input.buffer(), ascii.length + 1, MASTER_BYTES);
            return new Sha256().hash(input);
        }
    }
}
