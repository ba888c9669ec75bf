package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/**
 * The functions of the C library that nearly every command calls. The others are in classes of their own, because jnr-ffi generates
 * code for each function of an interface when it loads it, which takes longer than the calls of a short command. For the same reason
 * no parameter has an annotation, and none is a text, whose conversion has five of them: a Java {@code long} is a C {@code long},
 * which {@code size_t} and {@code ssize_t} are as large as, and {@code mode_t} is an {@code int}; arrays are copied in both
 * directions. Not visible outside {@code org.ecryptfsj.linux}.
 */
final class LibC {
    static final Functions INSTANCE = load(Functions.class);

    static final jnr.ffi.Runtime RUNTIME = jnr.ffi.Runtime.getRuntime(INSTANCE);

    /** The bytes of a C long and of a pointer. */
    static final int WORD = RUNTIME.addressSize();

    private LibC() {}

    /** Functions of the C library of this process. By a name, jnr-ffi would search all directories of libraries for it. */
    static <T> T load(Class<T> functions) {
        return LibraryLoader.create(functions).load(LibraryLoader.DEFAULT_LIBRARY);
    }

    /** The C long at an offset of a structure, its sign kept. */
    static long word(ByteBuffer structure, int offset) {
        return WORD == Long.BYTES ? structure.getLong(offset) : structure.getInt(offset);
    }

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        int open(byte[] path, int flags, int mode);

        int close(int fd);

        long read(int fd, ByteBuffer buffer, long count);

        long write(int fd, ByteBuffer buffer, long count);

        int mlock(Pointer address, long length);

        int madvise(Pointer address, long length, int advice);

        int isatty(int fd);

        int tcgetattr(int fd, ByteBuffer attributes);

        int tcsetattr(int fd, int when, ByteBuffer attributes);

        int prctl(int option, long a, long b, long c, long d);

        int setrlimit(int resource, ByteBuffer limits);

        int getuid();

        int geteuid();

        Pointer getpwuid(int uid);
    }
}
