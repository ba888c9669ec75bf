package org.ecryptfsj.linux;

import java.util.Locale;

/**
 * The flags of open(2), which differ between architectures (asm/fcntl.h): arm and aarch64 have other bits for three of
 * them, and 32-bit systems need one more for large files.
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

    private static final boolean ARM =
            architecture().equals("arm") || architecture().equals("aarch64");

    static final int DIRECTORY = ARM ? 040000 : 0200000;
    static final int NOFOLLOW = ARM ? 0100000 : 0400000;
    static final int LARGE_FILE = largeFile();

    private FileFlags() {}

    private static int largeFile() {
        return switch (architecture()) {
            case "arm" -> 0400000;
            case "i386", "x86", "i686" -> 0100000;
            default -> 0;
        };
    }

    private static String architecture() {
        return System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    }
}
