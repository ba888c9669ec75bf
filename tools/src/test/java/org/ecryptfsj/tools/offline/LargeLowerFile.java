package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.lower.FileKey;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.tree.DescriptorTrees;

/** Lower files of any size, with the header of a small one of the kernel's (docs/spec/file-format.md, section 3). */
final class LargeLowerFile {
    private static final int HEADER_BYTES = 8192;
    private static final int EXTENT_BYTES = 4096;

    private LargeLowerFile() {}

    /** The keys of {@link LowerTreeFixture}; closed by the caller. */
    static OfflineKeys keys() throws Exception {
        OfflineKeys keys = new OfflineKeys(16, missing -> Optional.empty());
        keys.add(Secret.takeBytes("test".getBytes(StandardCharsets.US_ASCII)), List.of(Salt.DEFAULT, Salt.FNEK));
        return keys;
    }

    /** @param like a file with a 16-byte key for aes */
    static void write(Path to, Path like, byte[] plain) throws Exception {
        byte[] lower = Arrays.copyOf(
                Files.readAllBytes(like),
                HEADER_BYTES + (plain.length + EXTENT_BYTES - 1) / EXTENT_BYTES * EXTENT_BYTES);
        ByteBuffer.wrap(lower).putLong(0, plain.length);
        byte[] key = fileKey(like);
        byte[] rootIv = MessageDigest.getInstance("MD5").digest(key);
        for (int extent = 0; extent * EXTENT_BYTES < plain.length; extent++) {
            int at = extent * EXTENT_BYTES;
            byte[] encrypted = encrypt(
                    key,
                    rootIv,
                    extent,
                    Arrays.copyOf(
                            Arrays.copyOfRange(plain, at, Math.min(plain.length, at + EXTENT_BYTES)), EXTENT_BYTES));
            System.arraycopy(encrypted, 0, lower, HEADER_BYTES + at, EXTENT_BYTES);
        }
        Files.write(to, lower);
    }

    private static byte[] fileKey(Path like) throws Exception {
        try (OfflineKeys keys = keys();
                LowerFile file = LowerFile.of(DescriptorTrees.ofThisProcess().file(ByteText.bytes(like)))
                        .orElseThrow();
                FileKey key = keys.fileKey(file.header())) {
            return key.key().onHeap(bytes -> bytes.clone());
        }
    }

    private static byte[] encrypt(byte[] key, byte[] rootIv, int extent, byte[] plain)
            throws GeneralSecurityException, IOException {
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        md5.update(rootIv);
        byte[] iv = md5.digest(Arrays.copyOf(String.valueOf(extent).getBytes(StandardCharsets.US_ASCII), 16));
        Cipher cbc = Cipher.getInstance("AES/CBC/NoPadding");
        cbc.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
        return cbc.doFinal(plain);
    }
}
