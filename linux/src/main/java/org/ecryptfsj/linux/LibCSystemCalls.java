package org.ecryptfsj.linux;

import java.nio.ByteBuffer;

/** System calls for which the C library has no function, made by their number. See {@link LibC}. */
final class LibCSystemCalls {
    static final Functions INSTANCE = LibC.load(Functions.class);

    private LibCSystemCalls() {}

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        long syscall(long number, long a, long b, byte[] c, byte[] d, long e);

        long syscall(long number, long a, long b, long c, long d, long e);

        long syscall(long number, byte[] a, byte[] b, ByteBuffer c, long d, long e);

        long syscall(long number, long a, long b, ByteBuffer c, long d, long e);
    }
}
