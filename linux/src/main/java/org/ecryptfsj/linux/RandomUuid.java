package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Random UUIDs (RFC 9562, version 4) by getrandom(2). The Java runtime's own take longer to make the first one than a short command
 * takes for everything else.
 */
public final class RandomUuid {
    private static final int BYTES = 16;
    private static final long VERSION_MASK = 0xf000L;
    private static final long VERSION_4 = 0x4000L;
    private static final long VARIANT_MASK = 0xc000_0000_0000_0000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private RandomUuid() {}

    /**
     * A new one.
     *
     * @throws IllegalStateException if the kernel gives no random bytes
     */
    public static UUID next() {
        ByteBuffer random = ByteBuffer.allocateDirect(BYTES);
        // So few bytes come at once; a signal can only interrupt a request for more than 256.
        if (LibCProcess.INSTANCE.getrandom(random, BYTES, 0) != BYTES) {
            throw new IllegalStateException(LinuxException.last("getrandom"));
        }
        long high = (random.getLong(0) & ~VERSION_MASK) | VERSION_4;
        long low = (random.getLong(Long.BYTES) & ~VARIANT_MASK) | VARIANT;
        return new UUID(high, low);
    }
}
