package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/** System calls for which the C library has no function, made by their number. See {@link LibC}. */
final class LibCSystemCalls {
    static final Functions INSTANCE = new LibCSystemCallsFunctionsBinding(LibC.LIBRARY);

    private LibCSystemCalls() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        long syscall(long number, long a, long b, byte[] c, byte[] d, long e);

        long syscall(long number, long a, long b, long c, long d, long e);

        long syscall(long number, byte[] a, byte[] b, ByteBuffer c, long d, long e);

        long syscall(long number, long a, long b, ByteBuffer c, long d, long e);
    }
}
