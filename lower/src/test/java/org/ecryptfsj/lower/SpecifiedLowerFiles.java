package org.ecryptfsj.lower;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Lower files as the specification says they are written (docs/spec/file-format.md, sections 1 and 3), encrypted by another way to
 * the ciphers: Bouncy Castle's provider.
 */
final class SpecifiedLowerFiles {
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
    private static final int EXTENT_BYTES = 4096;
    private static final int HEADER_BYTES = 8192;

    private SpecifiedLowerFiles() {}

    /**
     * An encrypted file with one key.
     *
     * @param name the provider's name of the cipher
     * @param code its cipher code, two hex digits
     * @param fekek the 64 bytes of the passphrase's key
     * @param fek the file key
     * @param plain the contents
     */
    static byte[] encrypted(String name, String code, byte[] fekek, byte[] fek, byte[] plain)
            throws GeneralSecurityException {
        int wrapped = code.equals("08") ? 32 : fek.length;
        Cipher ecb = Cipher.getInstance(name + "/ECB/NoPadding", PROVIDER);
        ecb.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Arrays.copyOf(fekek, fek.length), name));
        byte[] encryptedKey = ecb.doFinal(Arrays.copyOf(fek, wrapped));
        HexFormat hex = HexFormat.of();
        byte[] header = header(
                plain.length,
                "03000002",
                "8c" + hex.toHexDigits((byte) (13 + wrapped)) + "04" + code + "0301" + "0011223344556677" + "60"
                        + hex.formatHex(encryptedKey) + "ed1662085f434f4e534f4c4500000000" + "0123456789abcdef" + "00");
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header);
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] rootIv = md5.digest(fek);
        Cipher cbc = Cipher.getInstance(name + "/CBC/NoPadding", PROVIDER);
        for (int n = 0; n * EXTENT_BYTES < plain.length; n++) {
            md5.update(rootIv);
            byte[] iv = md5.digest(Arrays.copyOf(String.valueOf(n).getBytes(StandardCharsets.US_ASCII), 16));
            cbc.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(fek, name),
                    new IvParameterSpec(Arrays.copyOf(iv, cbc.getBlockSize())));
            int end = Math.min(plain.length, (n + 1) * EXTENT_BYTES);
            file.writeBytes(cbc.doFinal(Arrays.copyOf(Arrays.copyOfRange(plain, n * EXTENT_BYTES, end), EXTENT_BYTES)));
        }
        return file.toByteArray();
    }

    /** A header of a file whose contents are not encrypted. */
    static byte[] unencryptedHeader(long plainSize) {
        return header(plainSize, "03000000", "");
    }

    private static byte[] header(long plainSize, String flags, String packets) {
        HexFormat hex = HexFormat.of();
        String start = hex.toHexDigits(plainSize) + "000000003c81b7f5" + flags + "00001000" + "0002";
        return Arrays.copyOf(hex.parseHex(start + packets), HEADER_BYTES);
    }
}
