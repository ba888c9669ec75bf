package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileFlagsTest {
    private static final int AT_FDCWD = -100;

    /** The numbers of asm-generic/fcntl.h, and of asm/fcntl.h of arm, arm64 and powerpc. */
    @ParameterizedTest
    @CsvSource({
        "amd64, 200000, 400000, 0",
        "i386, 200000, 400000, 100000",
        "aarch64, 40000, 100000, 0",
        "arm, 40000, 100000, 400000",
        "ppc64, 40000, 100000, 0",
        "ppc64le, 40000, 100000, 0",
        "s390x, 200000, 400000, 0",
        "riscv64, 200000, 400000, 0",
        "loongarch64, 200000, 400000, 0"
    })
    void eachArchitectureHasItsBits(String architecture, String directory, String noFollow, String largeFile) {
        assertThat(FileFlags.directory(architecture)).isEqualTo(Integer.parseInt(directory, 8));
        assertThat(FileFlags.noFollow(architecture)).isEqualTo(Integer.parseInt(noFollow, 8));
        assertThat(FileFlags.largeFile(architecture)).isEqualTo(Integer.parseInt(largeFile, 8));
    }

    /** A link is refused by O_NOFOLLOW, and a file by O_DIRECTORY. */
    @Test
    void theKernelOfThisMachineHasTheSame(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        assertThat(errorOf(file, FileFlags.DIRECTORY)).isEqualTo(Errno.ENOTDIR);
        assertThat(errorOf(link, FileFlags.NOFOLLOW)).isEqualTo(Errno.ELOOP);
    }

    private static Errno errorOf(Path path, int flags) {
        int opened = LibCFiles.INSTANCE.openat(AT_FDCWD, ByteText.terminated(path.toString()), flags, 0);
        return opened == -1 ? LinuxException.lastErrno() : Errno.__UNKNOWN_CONSTANT__;
    }
}
