package org.ecryptfsj.linux;

import java.util.Locale;

/**
 * The flags of open(2), which differ between architectures (asm/fcntl.h): arm, aarch64 and ppc64 have other bits for two of them,
 * and 32-bit systems need one more for large files. The names of the architectures are Java's {@code os.arch}.
 */
final class FileFlags {
    static final int READ = 0;
    static final int READ_WRITE = 02;
    static final int CREATE = 0100;
    static final int EXCLUSIVE = 0200;
    static final int NO_TERMINAL = 0400;
    static final int NONBLOCK = 04000;
    static final int CLOEXEC = 02000000;
    static final int PATH = 010000000;

    private static final String ARCHITECTURE = System.getProperty("os.arch").toLowerCase(Locale.ROOT);

    static final int DIRECTORY = directory(ARCHITECTURE);
    static final int NOFOLLOW = noFollow(ARCHITECTURE);
    static final int LARGE_FILE = largeFile(ARCHITECTURE);

    private FileFlags() {}

    static int directory(String architecture) {
        return hasBitsOfItsOwn(architecture) ? 040000 : 0200000;
    }

    static int noFollow(String architecture) {
        return hasBitsOfItsOwn(architecture) ? 0100000 : 0400000;
    }

    /** 0 where each file may be large. */
    static int largeFile(String architecture) {
        return switch (architecture) {
            case "arm" -> 0400000;
            case "i386", "x86", "i686" -> 0100000;
            default -> 0;
        };
    }

    private static boolean hasBitsOfItsOwn(String architecture) {
        return switch (architecture) {
            case "arm", "aarch64", "ppc64", "ppc64le" -> true;
            default -> false;
        };
    }
}
