package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/**
 * An encrypted file name or symlink target: a prefix, and the encoded characters of a TAG 70 packet (docs/spec/file-format.md, section 5, and packets.md, section 11). Frozen: it is on disks.
 *
 * <pre>
 * TAG 70      46 | length | signature 8 | cipher code 1 | encrypted
 * encrypted   with the cipher, block by block: filler, at least 16 bytes | 00 | the name
 * filler      MD5(fekek), then the MD5 of that, and so on; bytes that are zero are 42
 * </pre>
 *
 * @param signature of the key it is encrypted with
 * @param cipher the cipher; for aes the code also gives the key's size, for the others the mount options do
 * @param cipherCode its code in the packet
 * @param encrypted whole blocks
 */
public record EncryptedName(Signature signature, FileCipher cipher, int cipherCode, EncryptedBytes encrypted) {
    /** The prefix of encrypted names. */
    public static final String PREFIX = "ECRYPTFS_FNEK_ENCRYPTED.";

    /** The longest name or target, in bytes. */
    public static final int MAX_PLAIN_BYTES = 4095;

    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);
    private static final int TAG_70 = 0x46;
    private static final int FIXED = Signature.BYTES + 1;
    private static final int MIN_FILLER = 16;
    private static final int MAX_LENGTH_BYTES = 2;
    private static final byte INSTEAD_OF_ZERO = 0x42;

    /** @throws NullPointerException if a component is null */
    public EncryptedName {
        Objects.requireNonNull(signature);
        Objects.requireNonNull(cipher);
        Objects.requireNonNull(encrypted);
    }

    /** Whether a lower name or target has the prefix. */
    public static boolean isEncrypted(byte[] lower) {
        return lower.length > PREFIX_BYTES.length
                && Arrays.equals(lower, 0, PREFIX_BYTES.length, PREFIX_BYTES, 0, PREFIX_BYTES.length);
    }

    /**
     * Reads a lower name or target that begins with the prefix.
     *
     * @throws MalformedLowerException if the prefix is not followed by a packet
     */
    public static EncryptedName read(byte[] lower) throws MalformedLowerException {
        if (!isEncrypted(lower)) {
            throw new MalformedLowerException("the name does not begin with " + PREFIX);
        }
        String packet = "the encrypted name's packet";
        ByteBuffer in = ByteBuffer.wrap(NameEncoding.decode(lower, PREFIX_BYTES.length));
        int tag = Byte.toUnsignedInt(in.get());
        if (tag != TAG_70) {
            throw new MalformedLowerException(packet + " has tag " + tag + " instead of " + TAG_70);
        }
        int body = HeaderPacketLength.read(in, packet);
        if (body <= FIXED) {
            throw new MalformedLowerException(packet + " has " + body + " bytes, too few for a name");
        }
        byte[] signature = new byte[Signature.BYTES];
        in.get(signature);
        int code = Byte.toUnsignedInt(in.get());
        FileCipher cipher = FileCipher.ofCode(code)
                .orElseThrow(() -> new MalformedLowerException(packet + " has the unknown cipher code " + code));
        int length = body - FIXED;
        if (length % cipher.blockBytes() != 0) {
            throw new MalformedLowerException(packet + " holds " + length
                    + " encrypted bytes, which is not a multiple of the block size " + cipher.blockBytes());
        }
        return new EncryptedName(Signature.ofFirstBytes(signature), cipher, code, EncryptedBytes.read(in, length));
    }

    /** The key sizes that the cipher code permits, in bytes, ascending: one for aes, all sizes of the other ciphers. */
    public List<Integer> possibleKeyBytes() {
        return cipher.keyBytesOfCode(cipherCode);
    }

    /**
     * Encrypts a name or target.
     *
     * @param plain 1 to {@link #MAX_PLAIN_BYTES} bytes without a zero
     * @param fekek the 64 bytes of the key with that signature; owned by the caller
     */
    public static EncryptedName encrypt(byte[] plain, Signature signature, CipherSpec cipher, Secret fekek) {
        int block = cipher.cipher().blockBytes();
        int length = (MIN_FILLER + 1 + plain.length + block - 1) / block * block;
        byte[] padded = Arrays.copyOf(filler(fekek, length - plain.length - 1), length);
        System.arraycopy(plain, 0, padded, length - plain.length, plain.length);
        try (BlockMode blocks = BlockMode.of(cipher, fekek);
                Secret name = Secret.takeBytes(padded)) {
            return new EncryptedName(
                    signature, cipher.cipher(), cipher.code(), EncryptedBytes.of(blocks.encryptEcb(name)));
        }
    }

    /**
     * Decrypts it with a key of its signature.
     *
     * @param fekek the 64 bytes of that key; owned by the caller
     * @param keyBytes the number of its bytes that the mount used
     * @return the name or target: 1 to {@link #MAX_PLAIN_BYTES} bytes without a zero
     * @throws WrongKeyException if the result does not begin with the key's filler: the mount used another number of bytes,
     *     or the name was changed
     */
    public byte[] decrypt(Secret fekek, int keyBytes) throws WrongKeyException {
        byte[] padded;
        try (BlockMode blocks = BlockMode.of(new CipherSpec(cipher, keyBytes), fekek);
                Secret name = blocks.decryptEcb(encrypted.bytes())) {
            padded = new byte[name.size()];
            name.buffer().get(padded);
        }
        int separator = 0;
        while (separator < padded.length && padded[separator] != 0) {
            separator++;
        }
        byte[] plain = Arrays.copyOfRange(padded, Math.min(separator + 1, padded.length), padded.length);
        if (separator < MIN_FILLER
                || plain.length == 0
                || plain.length > MAX_PLAIN_BYTES
                || !Arrays.equals(padded, 0, separator, filler(fekek, separator), 0, separator)) {
            throw new WrongKeyException("key " + signature + " does not decrypt the name with " + cipher.kernelName()
                    + " and " + keyBytes + " of its bytes");
        }
        for (byte b : plain) {
            if (b == 0) {
                throw new WrongKeyException("the name decrypted with key " + signature + " contains a zero byte");
            }
        }
        return plain;
    }

    /** The lower name or target. */
    public byte[] lower() {
        ByteBuffer packet = ByteBuffer.allocate(1 + MAX_LENGTH_BYTES + FIXED + encrypted.size());
        packet.put((byte) TAG_70);
        HeaderPacketLength.write(packet, FIXED + encrypted.size());
        packet.put(signature.bytes()).put((byte) cipherCode).put(encrypted.bytes());
        byte[] text = NameEncoding.encode(Arrays.copyOf(packet.array(), packet.position()));
        byte[] lower = Arrays.copyOf(PREFIX_BYTES, PREFIX_BYTES.length + text.length);
        System.arraycopy(text, 0, lower, PREFIX_BYTES.length, text.length);
        return lower;
    }

    /**
     * Checks that a lower name is this packet's encoding and nothing else. The kernel finds a file by encrypting and encoding its
     * name again, so it lists a file with another encoding, but cannot open it.
     *
     * @throws MalformedLowerException if the name has other characters
     */
    public void requireEncodedAs(byte[] lower) throws MalformedLowerException {
        if (!Arrays.equals(lower, lower())) {
            throw new MalformedLowerException(
                    "the encrypted name has characters behind its packet: it was changed, and a mount cannot open the file");
        }
    }

    private static byte[] filler(Secret fekek, int length) {
        MessageDigest md5 = Md5Digest.digest();
        byte[] hash = Md5Digest.of(fekek);
        byte[] filler = new byte[length];
        for (int i = 0; i < length; i++) {
            if (i > 0 && i % Md5Digest.BYTES == 0) {
                hash = md5.digest(hash);
            }
            byte next = hash[i % Md5Digest.BYTES];
            filler[i] = next == 0 ? INSTEAD_OF_ZERO : next;
        }
        return filler;
    }
}
