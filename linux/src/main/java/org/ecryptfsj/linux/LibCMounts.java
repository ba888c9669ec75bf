package org.ecryptfsj.linux;

import java.nio.ByteBuffer;

/** The C library's functions for mounts. See {@link LibC}. */
final class LibCMounts {
    static final Functions INSTANCE = LibC.load(Functions.class);

    private LibCMounts() {}

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        int fstatfs(int fd, ByteBuffer status);

        int statfs(byte[] path, ByteBuffer status);

        int mount(byte[] source, byte[] target, byte[] type, long flags, byte[] options);

        int umount2(byte[] target, int flags);
    }
}
