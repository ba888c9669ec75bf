package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/** The C library's functions for mounts. See {@link LibC}. */
final class LibCMounts {
    static final Functions INSTANCE = new LibCMountsFunctionsBinding(LibC.LIBRARY);

    private LibCMounts() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        int fstatfs(int fd, ByteBuffer status);

        int statfs(byte[] path, ByteBuffer status);

        int mount(byte[] source, byte[] target, byte[] type, long flags, byte[] options);

        int umount2(byte[] target, int flags);
    }
}
