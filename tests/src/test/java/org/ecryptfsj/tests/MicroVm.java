package org.ecryptfsj.tests;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The micro-VM of packaging/microvm: a real kernel and a software TPM over this machine's root file system. A scenario is
 * a shell script under tests/vm that states what it sees, one {@code check "sentence" command} after the other.
 */
final class MicroVm {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final int SECONDS = 1800;

    private final List<String> options = new ArrayList<>();
    private String mode = "run";
    private String variant = "";

    /** What a run brought back. */
    record Report(int exitCode, List<Finding> findings, String output) {}

    /** Keeps the TPM in that directory; the same directory later is the same machine, rebooted. */
    MicroVm withTpm(Path directory) {
        options.add("--tpm");
        options.add(directory.toString());
        return this;
    }

    /** With a TPM 2.0 instead of a TPM 1.2. */
    MicroVm withTpm2() {
        options.addAll(List.of("--tpm-version", "2"));
        return this;
    }

    /** With the TPM's CRB interface instead of TIS. */
    MicroVm withCrb() {
        options.addAll(List.of("--tpm-device", "crb"));
        return this;
    }

    /** With that kernel instead of Debian 12's 6.1. */
    MicroVm withKernel(String version) {
        options.addAll(List.of("--kernel", version));
        variant = "-" + version;
        return this;
    }

    /** With UEFI, which measures what it boots: a unified kernel image on a disk. */
    MicroVm withUefi() {
        options.addAll(List.of("--firmware", "ovmf", "--uki"));
        return this;
    }

    /** Keeps a disk in that file, mounted at /disk. */
    MicroVm withDisk(Path file) {
        options.add("--disk");
        options.add(file.toString());
        return this;
    }

    /**
     * Boots a Debian with the built package on it by its own init, from a disk kept in that file. Its other disk is small.
     */
    MicroVm booting(Path root, String init) {
        mode = "boot";
        options.addAll(List.of("--root", root.toString(), "--init", init, "--disk-size", "128"));
        return this;
    }

    /** Another state of the machine: the PCR is extended before the init starts. */
    MicroVm withPcrExtended(int register) {
        options.addAll(List.of("--extend-pcr", Integer.toString(register)));
        return this;
    }

    MicroVm withProcessors(int number) {
        options.addAll(List.of("--cpus", Integer.toString(number)));
        return this;
    }

    /** Boots, runs tests/vm/SCENARIO, powers off. */
    Report run(String scenario, String... arguments) throws IOException, InterruptedException {
        Path out =
                Files.createDirectories(ROOT.resolve("tests/target/vm").resolve(name(scenario, arguments) + variant));
        Files.deleteIfExists(out.resolve("results.tap"));
        List<String> command = new ArrayList<>(List.of(
                ROOT.resolve("packaging/microvm/microvm").toString(),
                mode,
                "--out",
                out.toString(),
                "--timeout",
                Integer.toString(SECONDS)));
        command.addAll(options);
        command.add(ROOT.resolve("tests/vm").resolve(scenario).toString());
        command.addAll(List.of(arguments));
        Path log = out.resolve("output.log");
        Instant begin = Instant.now();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        String output;
        try (InputStream stream = process.getInputStream()) {
            output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        Files.writeString(log, output);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the micro-VM closed its output but did not end; see " + log);
        }
        Report report = new Report(process.exitValue(), Finding.read(out.resolve("results.tap")), output);
        // What the suite's time goes into.
        System.out.printf(
                "%s: %d checks, %d s%n",
                out.getFileName(),
                report.findings().size(),
                Duration.between(begin, Instant.now()).toSeconds());
        return report;
    }

    private static String name(String scenario, String... arguments) {
        String base = scenario.replace(".sh", "");
        return arguments.length == 0 ? base : base + "-" + String.join("-", arguments);
    }
}
