package org.ecryptfsj.keyring;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/**
 * The payload of a key: {@code struct ecryptfs_auth_tok}, version 0.4 (docs/spec/auth-tok.md, section 1). Frozen: the kernel
 * reads it. Integers are in host byte order, which is the order of the buffers given here.
 *
 * <table>
 * <caption>Bytes common to both kinds</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>2</td><td>version: 0x0004 (major 0, minor 4)</td></tr>
 * <tr><td>2</td><td>2</td><td>kind: 0 password, 1 private key</td></tr>
 * <tr><td>4</td><td>624</td><td>flags, the kernel's session key, reserved: zeros</td></tr>
 * </table>
 *
 * <table>
 * <caption>Password</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>628</td><td>4</td><td>password bytes: 0</td></tr>
 * <tr><td>632</td><td>4</td><td>hash algorithm: 10 (SHA-512)</td></tr>
 * <tr><td>636</td><td>4</td><td>hash iterations: 0</td></tr>
 * <tr><td>640</td><td>4</td><td>fekek bytes: 64</td></tr>
 * <tr><td>644</td><td>4</td><td>flags: 2 (the fekek is set)</td></tr>
 * <tr><td>648</td><td>64</td><td>fekek</td></tr>
 * <tr><td>712</td><td>17</td><td>signature, hex, NUL</td></tr>
 * <tr><td>729</td><td>8</td><td>salt</td></tr>
 * <tr><td>737</td><td>3</td><td>zeros</td></tr>
 * </table>
 *
 * <table>
 * <caption>Private key; the payload has 740 bytes plus the size of the blob</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>628</td><td>4</td><td>16, unused</td></tr>
 * <tr><td>632</td><td>4</td><td>blob bytes n</td></tr>
 * <tr><td>636</td><td>17</td><td>signature, hex, NUL</td></tr>
 * <tr><td>653</td><td>17</td><td>key module alias, NUL padded</td></tr>
 * <tr><td>670</td><td>n</td><td>blob</td></tr>
 * <tr><td>670 + n</td><td>70</td><td>zeros</td></tr>
 * </table>
 */
final class AuthTokLayout {
    /** Bytes of a password token, and of a private key's without its blob. */
    static final int BYTES = 740;

    /** The largest payload the kernel keeps in a key of type user. */
    static final int MAX_BYTES = 32767;

    private static final short VERSION = 0x0004;
    private static final int PASSWORD = 0;
    private static final int PRIVATE_KEY = 1;
    private static final int SHA512 = 10;
    private static final int FEKEK_BYTES = 64;
    private static final int FEKEK_IS_SET = 2;
    private static final int ALIAS_BYTES = 16;

    private static final int AT_VERSION = 0;
    private static final int AT_KIND = 2;
    private static final int AT_HASH = 632;
    private static final int AT_FEKEK_BYTES = 640;
    private static final int AT_FLAGS = 644;
    private static final int AT_FEKEK = 648;
    private static final int AT_PASSWORD_SIGNATURE = 712;
    private static final int AT_SALT = 729;
    private static final int AT_KEY_SIZE = 628;
    private static final int AT_BLOB_BYTES = 632;
    private static final int AT_KEY_SIGNATURE = 636;
    private static final int AT_ALIAS = 653;
    private static final int AT_BLOB = 670;

    private AuthTokLayout() {}

    /** The size of a token's payload. */
    static int bytes(AuthTok tok) {
        return tok instanceof AuthTok.PrivateKey key ? BYTES + key.blob().size() : BYTES;
    }

    /** Writes a token from index 0 of a zeroed buffer of {@link #bytes} bytes. */
    static void encode(AuthTok tok, ByteBuffer payload) {
        payload.putShort(AT_VERSION, VERSION);
        if (tok instanceof AuthTok.Password password) {
            payload.putShort(AT_KIND, (short) PASSWORD)
                    .putInt(AT_HASH, SHA512)
                    .putInt(AT_FEKEK_BYTES, FEKEK_BYTES)
                    .putInt(AT_FLAGS, FEKEK_IS_SET)
                    .put(AT_PASSWORD_SIGNATURE, ascii(password.signature().hex()))
                    .put(AT_SALT, password.salt().bytes());
            password.fekek().writeTo(payload.slice(AT_FEKEK, FEKEK_BYTES));
        } else if (tok instanceof AuthTok.PrivateKey key) {
            payload.putShort(AT_KIND, (short) PRIVATE_KEY)
                    .putInt(AT_KEY_SIZE, ALIAS_BYTES)
                    .putInt(AT_BLOB_BYTES, key.blob().size())
                    .put(AT_KEY_SIGNATURE, ascii(key.signature().hex()))
                    .put(AT_ALIAS, ascii(key.alias()));
            key.blob().writeTo(payload.slice(AT_BLOB, key.blob().size()));
        }
    }

    /**
     * Reads a token from the whole of a buffer.
     *
     * @throws MalformedAuthTokException if the bytes are not a token
     */
    static AuthTok decode(ByteBuffer payload) throws MalformedAuthTokException {
        require(payload.capacity() >= BYTES, "has " + payload.capacity() + " bytes, fewer than " + BYTES);
        int version = Short.toUnsignedInt(payload.getShort(AT_VERSION));
        require(version == VERSION, "has version " + (version >>> 8) + "." + (version & 0xff) + ", not 0.4");
        int kind = Short.toUnsignedInt(payload.getShort(AT_KIND));
        return switch (kind) {
            case PASSWORD -> password(payload);
            case PRIVATE_KEY -> privateKey(payload);
            default -> throw malformed("is of kind " + kind + ", neither password (0) nor private key (1)");
        };
    }

    private static AuthTok password(ByteBuffer payload) throws MalformedAuthTokException {
        require(payload.capacity() == BYTES, "has " + payload.capacity() + " bytes, a password token has " + BYTES);
        int fekekBytes = payload.getInt(AT_FEKEK_BYTES);
        require(fekekBytes == FEKEK_BYTES, "has a fekek of " + Integer.toUnsignedLong(fekekBytes) + " bytes, not 64");
        require((payload.getInt(AT_FLAGS) & FEKEK_IS_SET) != 0, "has no fekek: the flag is not set");
        Signature signature = signature(payload, AT_PASSWORD_SIGNATURE);
        byte[] salt = new byte[Salt.BYTES];
        payload.get(AT_SALT, salt);
        return new AuthTok.Password(
                signature,
                Secret.copyOf(payload.slice(AT_FEKEK, FEKEK_BYTES)),
                new Salt(HexFormat.of().formatHex(salt)));
    }

    private static AuthTok privateKey(ByteBuffer payload) throws MalformedAuthTokException {
        long blobBytes = Integer.toUnsignedLong(payload.getInt(AT_BLOB_BYTES));
        require(
                AT_BLOB + blobBytes <= payload.capacity(),
                "has a blob of " + blobBytes + " bytes, but only " + payload.capacity() + " bytes in all");
        Signature signature = signature(payload, AT_KEY_SIGNATURE);
        String alias = text(payload, AT_ALIAS, "key module alias");
        require(AuthTok.PrivateKey.isAlias(alias), "has a key module alias that is not 1 to 16 visible characters");
        return new AuthTok.PrivateKey(signature, alias, KeyBlob.copyOf(payload.slice(AT_BLOB, (int) blobBytes)));
    }

    private static Signature signature(ByteBuffer payload, int at) throws MalformedAuthTokException {
        String hex = text(payload, at, "signature");
        try {
            return new Signature(hex);
        } catch (IllegalArgumentException e) {
            throw malformed("has a signature that is not 16 lowercase hex digits");
        }
    }

    /** Up to 16 bytes ended by a NUL. */
    private static String text(ByteBuffer payload, int at, String what) throws MalformedAuthTokException {
        byte[] field = new byte[ALIAS_BYTES + 1];
        payload.get(at, field);
        int length = 0;
        while (length < field.length && field[length] != 0) {
            length++;
        }
        require(length < field.length, "has a " + what + " that is not terminated");
        return new String(field, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void require(boolean condition, String problem) throws MalformedAuthTokException {
        if (!condition) {
            throw malformed(problem);
        }
    }

    static MalformedAuthTokException malformed(String problem) {
        return new MalformedAuthTokException("the key's payload is not an authentication token: it " + problem);
    }
}
