package org.ecryptfsj.keymodule.openssl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/**
 * The data of a key file in an authentication token (docs/spec/auth-tok.md, section 5, openssl). Frozen; both lengths are little endian and count
 * the NUL:
 *
 * <pre>
 * path length (2) | path | 00 | passphrase length (2) | passphrase | 00
 * </pre>
 *
 * <p>So the passphrase is in the keyring in clear: a process that can read the user's keys can use the key file too. A key file
 * without a passphrase has the length 1; a length of 0, without the NUL, is read as the same.
 *
 * @param path of the key file, with which the daemon opens it
 * @param passphrase of the key file, empty if it has none; owned by this
 */
record KeyFileBlob(String path, Secret passphrase) implements AutoCloseable {
    private static final int LENGTH_BYTES = 2;
    private static final int MAX_LENGTH = 0xFFFF;

    KeyFileBlob {
        Objects.requireNonNull(path);
        Objects.requireNonNull(passphrase);
    }

    /**
     * Reads a blob, the C module's or ours.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_DATA if it has another form
     */
    static KeyFileBlob parse(KeyBlob blob) throws KeyModuleException {
        ByteBuffer in = blob.buffer().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer path = text(in);
        ByteBuffer passphrase = text(in);
        if (in.hasRemaining()) {
            throw malformed(in.remaining() + " bytes follow the passphrase");
        }
        if (!path.hasRemaining()) {
            throw malformed("the path is empty");
        }
        return new KeyFileBlob(StandardCharsets.UTF_8.decode(path).toString(), Secret.copyOf(passphrase));
    }

    private static ByteBuffer text(ByteBuffer in) throws KeyModuleException {
        if (in.remaining() < LENGTH_BYTES) {
            throw malformed("it ends before a length");
        }
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw malformed("a length of " + length + " is beyond its end");
        }
        if (length == 0) {
            return in.duplicate().limit(in.position());
        }
        ByteBuffer text = in.slice(in.position(), length - 1);
        in.position(in.position() + length);
        if (in.get(in.position() - 1) != 0 || contains(text, (byte) 0)) {
            throw malformed("a text does not end at its length");
        }
        return text;
    }

    /**
     * The bytes for the token.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if the path or the passphrase does not fit
     */
    KeyBlob blob() throws KeyModuleException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        requireText("the path of the key file", ByteBuffer.wrap(name));
        requireText("the passphrase", passphrase.buffer());
        try (Secret buffer = Secret.allocate(2 * (LENGTH_BYTES + 1) + name.length + passphrase.size())) {
            ByteBuffer out = buffer.buffer().order(ByteOrder.LITTLE_ENDIAN);
            out.putShort((short) (name.length + 1)).put(name).put((byte) 0);
            passphrase.writeTo(out.putShort((short) (passphrase.size() + 1))).put((byte) 0);
            return KeyBlob.copyOf(out.flip());
        }
    }

    private static void requireText(String what, ByteBuffer bytes) throws KeyModuleException {
        if (bytes.remaining() >= MAX_LENGTH) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    what + " has " + bytes.remaining() + " bytes",
                    "Use less than " + MAX_LENGTH + " bytes.");
        }
        if (contains(bytes, (byte) 0)) {
            throw new KeyModuleException(Reason.BAD_PARAMETER, what + " contains a NUL", "Use one without.");
        }
    }

    private static boolean contains(ByteBuffer bytes, byte wanted) {
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            if (bytes.get(i) == wanted) {
                return true;
            }
        }
        return false;
    }

    private static KeyModuleException malformed(String why) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the token's key blob is not one of the openssl key module: " + why,
                "Unmount, and mount again with the key file.");
    }

    @Override
    public void close() {
        passphrase.close();
    }

    /** The path only. */
    @Override
    public String toString() {
        return path;
    }
}
