package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A machine with a TPM 2.0: swtpm at a Unix socket in a directory of its own, and tpm2-tools as its other user. */
final class SoftwareTpm2 implements AutoCloseable {
    private final Path directory;
    private final Thread atExit = new Thread(this::stop);
    private int chip;
    private Process swtpm;

    private SoftwareTpm2(Path directory) {
        this.directory = directory;
    }

    /** A machine that was switched on: nothing is measured into its PCRs. */
    static SoftwareTpm2 start() {
        try {
            SoftwareTpm2 machine = new SoftwareTpm2(Files.createTempDirectory("tpm2"));
            Runtime.getRuntime().addShutdownHook(machine.atExit);
            machine.startChip();
            return machine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same, after its firmware measured something into PCRs 0 and 7. */
    static SoftwareTpm2 startMeasured() {
        SoftwareTpm2 machine = start();
        machine.measureFirmware();
        return machine;
    }

    /** The same with the memory that a chip had, as swtpm keeps it. */
    static SoftwareTpm2 startMeasured(byte[] state) throws IOException {
        SoftwareTpm2 machine = start();
        machine.stop();
        Files.write(machine.stateFile(), state);
        machine.startChip();
        machine.measureFirmware();
        return machine;
    }

    /** The memory of the chip. */
    Path stateFile() {
        return directory.resolve("chip" + chip).resolve("tpm2-00.permall");
    }

    private void measureFirmware() {
        extend("sha256", 0, "firmware");
        extend("sha256", 7, "Secure Boot");
    }

    /** A protector that uses this TPM. */
    Tpm2Protector protector() {
        return new Tpm2Protector(
                environment(),
                directory.resolve("no-such-class"),
                new PcrSignatureFiles(List.of(signatures())),
                OnSoftwareTpm2.NO_EVENTS);
    }

    /** Where its files with signatures of PCR values are. */
    Path signatures() {
        return directory;
    }

    /** What its clients find in their environment. */
    Map<String, String> environment() {
        return Map.of("TPM2TOOLS_TCTI", "swtpm:path=" + socket());
    }

    Path socket() {
        return directory.resolve("socket");
    }

    /** A file in the directory of this machine. */
    Path file(String name) {
        return directory.resolve(name);
    }

    /** Measures something into a PCR. */
    void extend(String bank, int pcr, String event) {
        tool("tpm2_pcrextend", pcr + ":" + bank + "=" + HexFormat.of().formatHex(hash(bank, event)));
    }

    private static byte[] hash(String bank, String event) {
        try {
            return MessageDigest.getInstance(bank.equals("sha1") ? "SHA-1" : "SHA-256")
                    .digest(event.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a program of tpm2-tools in the directory of this machine, and removes what it left loaded. */
    String tool(String... command) {
        String output = run(command);
        run("tpm2_flushcontext", "-t");
        run("tpm2_flushcontext", "-l");
        return output;
    }

    /** Runs a program in the directory of this machine. */
    String run(String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(file("errors").toFile());
            builder.environment().putAll(environment());
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            int status = process.waitFor();
            if (status != 0) {
                throw new AssertionError(
                        List.of(command) + " ended with status " + status + ": " + Files.readString(file("errors")));
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Switched off and on again. The firmware measures what it always measures. */
    void reboot() {
        restart();
        measureFirmware();
    }

    /** Another chip on the board, as it comes from the factory. */
    void exchangeChip() {
        chip++;
        reboot();
    }

    /** Switched off and on again. Nothing is measured into its PCRs. */
    void restart() {
        stop();
        try {
            startChip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The chip is torn off the board. */
    void stop() {
        swtpm.destroyForcibly().onExit().join();
    }

    private void startChip() throws IOException {
        Path state = Files.createDirectories(directory.resolve("chip" + chip));
        Path control = directory.resolve("socket.ctrl");
        Files.deleteIfExists(control);
        Files.deleteIfExists(socket());
        List<String> command = new ArrayList<>(List.of("swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state));
        command.addAll(List.of("--server", "type=unixio,path=" + socket()));
        command.addAll(List.of("--ctrl", "type=unixio,path=" + control));
        command.addAll(List.of("--flags", "not-need-init,startup-clear"));
        swtpm = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("swtpm.log").toFile())
                .start();
        awaitListening(control);
    }

    /** Between two looks it waits for the process to end, which it must not. */
    private void awaitListening(Path control) throws IOException {
        try {
            while (!listens(control)) {
                if (swtpm.waitFor(2, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("swtpm ended: " + Files.readString(directory.resolve("swtpm.log")));
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean listens(Path socket) {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return probe.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
