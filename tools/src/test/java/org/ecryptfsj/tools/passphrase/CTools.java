package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The programs of ecryptfs-utils, and keyctl, run here. */
final class CTools {
    private final Path directory;

    /** @param directory where input and output may be kept */
    CTools(Path directory) {
        this.directory = directory;
    }

    /** What a program did; a character of the output is a byte. */
    record Run(int exitCode, String output, String errors) {}

    Run run(byte[] input, String... command) throws IOException, InterruptedException {
        Path in = Files.write(Files.createTempFile(directory, "in", ""), input);
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        int code = new ProcessBuilder(List.of(command))
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        return new Run(code, Files.readString(out, StandardCharsets.ISO_8859_1), Files.readString(err));
    }
}
