package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/**
 * The key of a file's contents.
 *
 * @param cipher the cipher of the contents
 * @param key as many bytes as the cipher needs; owned by this
 */
public record FileKey(CipherSpec cipher, Secret key) implements AutoCloseable {
    private static final int CHECKSUM_BYTES = 2;
    private static final int PAYLOAD_FIXED = 1 + CHECKSUM_BYTES;

    /** @throws IllegalArgumentException if the key does not have the cipher's size */
    public FileKey {
        Objects.requireNonNull(cipher);
        if (key.size() != cipher.keyBytes()) {
            throw new IllegalArgumentException(cipher + " cannot be used with a key of " + key.size() + " bytes");
        }
    }

    /**
     * Decrypts a file key with a passphrase's key, block by block, with the first bytes of that key (docs/spec/packets.md,
     * section 8). There is no checksum: a wrong key is not noticed.
     *
     * @param fekek the 64 bytes derived from the passphrase; owned by the caller
     * @return closed by the caller
     */
    public static FileKey decrypt(KeyPacket.PassphrasePacket packet, Secret fekek) {
        CipherSpec cipher = packet.cipher();
        try (BlockMode blocks = BlockMode.of(cipher, fekek);
                Secret plain = blocks.decryptEcb(packet.encryptedKey().bytes())) {
            return new FileKey(cipher, Secret.copyOf(plain.buffer().limit(cipher.keyBytes())));
        }
    }

    /**
     * Encrypts it with a passphrase's key, as the kernel does: a key of 24 bytes for aes is padded with zeros to whole blocks.
     *
     * @param signature of the passphrase's key
     * @param salt of the passphrase hash
     * @param fekek the 64 bytes derived from the passphrase; owned by the caller
     * @throws WrongKeyException if no packet can hold the key: its size is not a multiple of the block size
     */
    public KeyPacket.PassphrasePacket encrypt(Signature signature, Salt salt, Secret fekek) throws WrongKeyException {
        int block = cipher.cipher().blockBytes();
        int padded = (key.size() + block - 1) / block * block;
        if (padded != key.size() && cipher.cipher() != FileCipher.AES) {
            throw new WrongKeyException(
                    "a file key for " + cipher + " is no multiple of its block size: a passphrase cannot hold it");
        }
        try (BlockMode blocks = BlockMode.of(cipher, fekek);
                Secret plain = Secret.allocate(padded)) {
            key.writeTo(plain.buffer());
            EncryptedBytes encrypted = EncryptedBytes.of(blocks.encryptEcb(plain));
            return new KeyPacket.PassphrasePacket(signature, cipher, salt, encrypted);
        }
    }

    /**
     * The payload for a key module, as {@link #ofPayload} reads it.
     *
     * @return closed by the caller
     */
    public Secret payload() {
        Secret payload = Secret.allocate(PAYLOAD_FIXED + key.size());
        key.writeTo(payload.buffer().put((byte) cipher.code())).putShort((short) sum(key.buffer()));
        return payload;
    }

    /** Whether the cipher and the key are the same. */
    public boolean isSameAs(FileKey other) {
        return cipher.equals(other.cipher) && key.sameBytesAs(other.key);
    }

    /**
     * Parses the payload that a key module decrypted: cipher code, key, and the sum of the key's bytes, big endian (docs/spec/packets.md,
     * section 3).
     *
     * @param payload owned by the caller
     * @return closed by the caller
     * @throws WrongKeyException if the sum is wrong: the payload was encrypted with another key
     * @throws MalformedLowerException if the sum is right, but the cipher is unknown
     */
    public static FileKey ofPayload(Secret payload) throws WrongKeyException, MalformedLowerException {
        ByteBuffer in = payload.buffer();
        int keyBytes = in.remaining() - PAYLOAD_FIXED;
        if (keyBytes <= 0 || sum(in.slice(1, keyBytes)) != Short.toUnsignedInt(in.getShort(1 + keyBytes))) {
            throw new WrongKeyException("the file key decrypted by the key module has a wrong checksum");
        }
        int code = Byte.toUnsignedInt(in.get(0));
        return new FileKey(
                CipherSpec.of(code, keyBytes, "the decrypted file key"), Secret.copyOf(in.slice(1, keyBytes)));
    }

    private static int sum(ByteBuffer bytes) {
        int sum = 0;
        while (bytes.hasRemaining()) {
            sum += Byte.toUnsignedInt(bytes.get());
        }
        return sum & 0xffff;
    }

    @Override
    public void close() {
        key.close();
    }
}
