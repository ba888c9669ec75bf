package org.ecryptfsj.keyring;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.ecryptfsj.keymodule.Secret;

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
        return withKey(
                "ENC_KEY",
                master,
                key -> fekek.onHeap(plain -> {
                    Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
                    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
                    return cipher.doFinal(plain);
                }));
    }

    private static byte[] authenticate(Secret master, String name, byte[] iv, byte[] ciphertext) {
        return withKey("AUTH_KEY", master, key -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (String part : new String[] {FORMAT, name, Integer.toString(FEKEK_BYTES)}) {
                mac.update(part.getBytes(StandardCharsets.US_ASCII));
                mac.update((byte) 0);
            }
            mac.update(iv);
            mac.update((byte) 0);
            return mac.doFinal(ciphertext);
        });
    }

    private interface KeyUse {
        byte[] apply(byte[] key) throws GeneralSecurityException;
    }

    /** The key is on the heap while the JDK's provider works with it, and wiped then. */
    private static byte[] withKey(String label, Secret master, KeyUse use) {
        byte[] input = new byte[LABEL_BYTES + MASTER_BYTES];
        byte[] key = new byte[0];
        try {
            byte[] ascii = label.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(ascii, 0, input, 0, ascii.length);
            master.writeTo(ByteBuffer.wrap(input).position(ascii.length + 1));
            key = MessageDigest.getInstance("SHA-256").digest(input);
            return use.apply(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES, SHA-256 and HMAC", e);
        } finally {
            Arrays.fill(input, (byte) 0);
            Arrays.fill(key, (byte) 0);
        }
    }
}
