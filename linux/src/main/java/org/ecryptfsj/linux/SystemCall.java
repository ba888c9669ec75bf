package org.ecryptfsj.linux;

import java.util.Locale;
import jnr.constants.platform.Errno;

/**
 * The system calls for which the C library has no function, with their numbers by architecture (asm/unistd_64.h,
 * asm/unistd_32.h and asm-generic/unistd.h of Linux; syscalls(2)). The names of the architectures are Java's {@code os.arch}.
 */
enum SystemCall {
    ADD_KEY(248, 217, 286, 309, 269, 278),
    KEYCTL(250, 219, 288, 311, 271, 280);

    private final int amd64;
    private final int generic;
    private final int i386;
    private final int arm;
    private final int ppc64;
    private final int s390x;

    /** @param generic of the architectures without a table of their own, such as aarch64 */
    SystemCall(int amd64, int generic, int i386, int arm, int ppc64, int s390x) {
        this.amd64 = amd64;
        this.generic = generic;
        this.i386 = i386;
        this.arm = arm;
        this.ppc64 = ppc64;
        this.s390x = s390x;
    }

    /**
     * Its number in this process.
     *
     * @throws LinuxException ENOSYS if it is not known for the architecture
     */
    long number() throws LinuxException {
        return number(System.getProperty("os.arch"));
    }

    /**
     * Its number for processes of an architecture.
     *
     * @throws LinuxException ENOSYS if it is not known
     */
    long number(String architecture) throws LinuxException {
        return switch (architecture.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> amd64;
            case "aarch64", "riscv64", "loongarch64" -> generic;
            case "i386", "i486", "i586", "i686", "x86" -> i386;
            case "arm", "aarch32" -> arm;
            case "ppc64", "ppc64le" -> ppc64;
            case "s390x" -> s390x;
            default ->
                throw new LinuxException(
                        name().toLowerCase(Locale.ROOT) + ", whose number is not known for the architecture "
                                + architecture,
                        Errno.ENOSYS);
        };
    }
}
