package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The {@code openssl} command, which wrote most key files there are. */
final class OpensslProgram {
    private final Path directory;

    OpensslProgram(Path directory) {
        this.directory = directory;
    }

    /** Runs it with success; {@code openssl genrsa -out FILE}: files it makes are the owner's only. */
    void run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Path log = directory.resolve("openssl.log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as("%s: %s", command, Files.readString(log))
                .isZero();
    }

    /** A key file made by these arguments followed by {@code -out FILE}. */
    Path keyFile(String name, String... arguments) throws IOException, InterruptedException {
        Path file = directory.resolve(name);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-out", file.toString()));
        run(all.toArray(new String[0]));
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
