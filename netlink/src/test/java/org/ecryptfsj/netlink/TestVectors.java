package org.ecryptfsj.netlink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;

/** Golden bytes: a properties file whose first lines say where they come from. Host-endian fields are little endian. */
final class TestVectors {
    static final TestVectors CHANNEL = new TestVectors("channel.properties");
    static final TestVectors PACKET_LENGTH = new TestVectors("packet-length.properties");
    static final TestVectors DAEMON_DIALOGUE = new TestVectors("daemon-dialogue.properties");
    static final TestVectors KERNEL_CAPTURES = new TestVectors("kernel-captures.properties");

    private final Properties entries = new Properties();

    private TestVectors(String file) {
        try (InputStream in = TestVectors.class.getResourceAsStream(file)) {
            entries.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Set<String> names() {
        return entries.stringPropertyNames();
    }

    String text(String name) {
        String text = entries.getProperty(name);
        if (text == null) {
            throw new IllegalArgumentException("no vector " + name);
        }
        return text;
    }

    byte[] bytes(String name) {
        return HexFormat.of().parseHex(text(name));
    }

    ByteBuffer buffer(String name) {
        return ByteBuffer.wrap(bytes(name));
    }
}
