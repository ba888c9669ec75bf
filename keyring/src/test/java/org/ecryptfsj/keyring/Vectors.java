package org.ecryptfsj.keyring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Properties;
import org.ecryptfsj.keymodule.Signature;

/** Payloads that the C tools and the kernel agree on. */
final class Vectors {
    private static final Properties PROPERTIES = load();

    private Vectors() {}

    static byte[] bytes(String name) {
        return HexFormat.of().parseHex(PROPERTIES.getProperty(name));
    }

    static Signature signature(String name) {
        return new Signature(PROPERTIES.getProperty(name + ".signature"));
    }

    static AuthTok decode(byte[] payload) throws MalformedAuthTokException {
        return AuthTokLayout.decode(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
    }

    static byte[] encode(AuthTok tok, ByteOrder order) {
        byte[] payload = new byte[AuthTokLayout.bytes(tok)];
        AuthTokLayout.encode(tok, ByteBuffer.wrap(payload).order(order));
        return payload;
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static Properties load() {
        try (InputStream in = Vectors.class.getResourceAsStream("auth-tok-vectors.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
