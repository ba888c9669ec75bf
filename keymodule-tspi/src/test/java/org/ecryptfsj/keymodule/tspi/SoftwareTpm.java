package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.ecryptfsj.linux.Account;

/**
 * A machine with a TPM 1.2: swtpm behind a real tcsd, on ports and in directories of its own (docs/spec/software-tpm.md). libtspi
 * in this process uses the one that was made last.
 */
final class SoftwareTpm implements AutoCloseable {
    private static final int EXTEND_COMMAND = 34;
    private static final int EXTEND_ANSWER = 30;
    private static final int ANSWER = 10;

    private final Path directory;
    private final Thread atExit = new Thread(this::stopProcesses);
    private final int tcsdPort = freePort();
    private int chip;
    private int tpmPort;
    private Process swtpm;
    private Process tcsd;

    private SoftwareTpm(Path directory) {
        this.directory = directory;
    }

    /** A machine as it comes from the factory: no endorsement key, no owner. */
    static SoftwareTpm start() {
        if (Account.effectiveUid() != 0) {
            throw new AssertionError("tests with a TPM run as root, because tcsd wants to become its own user");
        }
        try {
            Path directory = Files.createTempDirectory("software-tpm");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            SoftwareTpm machine = new SoftwareTpm(directory);
            Runtime.getRuntime().addShutdownHook(machine.atExit);
            machine.writeTcsdConfiguration();
            machine.startChip();
            machine.startTcsd();
            machine.environment().forEach(ProcessEnvironment::set);
            return machine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A machine whose owner said {@code tpm_takeownership -y -z}. */
    static SoftwareTpm startOwned() {
        SoftwareTpm machine = start();
        machine.createEndorsementKey();
        machine.takeOwnership();
        return machine;
    }

    void createEndorsementKey() {
        run("", "tpm_createek").success();
    }

    /** The SRK gets the well-known secret. */
    void takeOwnership() {
        run("", "tpm_takeownership", "-y", "-z").success();
    }

    /** The SRK gets the secret typed at the prompt; an empty one is just Enter, the blueprint's way. */
    void takeOwnershipTyping(String srkSecret) {
        run((srkSecret + "\n").repeat(2), "tpm_takeownership", "-y").success();
    }

    /** Where libtspi keeps the keys. */
    Path storage() {
        return directory.resolve("user.data");
    }

    /** Runs a program as a client of this TPM. */
    TestProcesses.Result run(String input, String... command) {
        return TestProcesses.run(environment(), input, command);
    }

    /** Makes a key with the C generator and gives its UUID. */
    String generateWithTheCTool(int... registers) {
        Stream<String> options =
                Arrays.stream(registers).boxed().flatMap(register -> Stream.of("-p", register.toString()));
        String output = run(
                        "",
                        Stream.concat(Stream.of("ecryptfs-generate-tpm-key"), options)
                                .toArray(String[]::new))
                .success()
                .strip();
        return output.substring(output.length() - 32);
    }

    /** Measures something into a PCR, as firmware would have. Restarts tcsd. */
    void extend(int register) {
        stopTcsd();
        byte[] command = ByteBuffer.allocate(EXTEND_COMMAND)
                .putShort((short) 0xc1)
                .putInt(EXTEND_COMMAND)
                .putInt(0x14)
                .putInt(register)
                .array();
        tellChip("TPM_Extend", command, EXTEND_ANSWER);
        startTcsd();
    }

    /** Deactivates the chip or activates it, as the firmware's set-up does: from the next start of the machine. */
    void setDeactivated(boolean deactivated) {
        stopTcsd();
        tellChip("TSC_PhysicalPresence, to be enabled", physicalPresence(0x20), ANSWER);
        tellChip("TSC_PhysicalPresence, present", physicalPresence(0x08), ANSWER);
        byte[] command = ByteBuffer.allocate(11)
                .putShort((short) 0xc1)
                .putInt(11)
                .putInt(0x72)
                .put((byte) (deactivated ? 1 : 0))
                .array();
        tellChip("TPM_PhysicalSetDeactivated", command, ANSWER);
        startTcsd();
    }

    private static byte[] physicalPresence(int flags) {
        return ByteBuffer.allocate(12)
                .putShort((short) 0xc1)
                .putInt(12)
                .putInt(0x4000000a)
                .putShort((short) flags)
                .array();
    }

    private void tellChip(String name, byte[] command, int answerBytes) {
        byte[] answer = new byte[answerBytes];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), tpmPort)) {
            socket.getOutputStream().write(command);
            new DataInputStream(socket.getInputStream()).readFully(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(ByteBuffer.wrap(answer).getInt(6)).as(name).isZero();
    }

    void startTcsd() {
        Map<String, String> device = Map.of(
                "TCSD_USE_TCP_DEVICE", "1",
                "TCSD_TCP_DEVICE_HOSTNAME", "127.0.0.1",
                "TCSD_TCP_DEVICE_PORT", String.valueOf(tpmPort));
        tcsd = started("tcsd", device, "-e", "-f", "-c", configuration().toString());
        awaitListening(tcsd, "tcsd", tcsdPort);
    }

    /** tcsd ends at once; with clients connected it would not heed a SIGTERM. */
    void stopTcsd() {
        stop(tcsd);
    }

    /** The chip is torn off the board. */
    void stopChip() {
        stop(swtpm);
    }

    /** tcsd keeps its port and its connections, and does nothing. */
    void freezeTcsd() {
        signal("-STOP");
        while (!isStopped()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    void thawTcsd() {
        signal("-CONT");
    }

    /** Switched off and on again. */
    void reboot() {
        stopProcesses();
        try {
            startChip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        startTcsd();
    }

    /** Another chip on the board, as it comes from the factory; the disk is the same. */
    void exchangeChip() {
        chip++;
        reboot();
    }

    /** The chip that was there before. */
    void putChipBack() {
        chip--;
        reboot();
    }

    /** The same disk and memory of keys, but another chip on the board, owned with the well-known secret. */
    void replaceChip() {
        stopTcsd();
        tcsdStorage(new byte[0]);
        exchangeChip();
        createEndorsementKey();
        takeOwnership();
    }

    /** What tcsd keeps of the SRK. */
    byte[] tcsdStorage() {
        try {
            return Files.readAllBytes(tcsdStorageFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the next tcsd find this. */
    void tcsdStorage(byte[] content) {
        try {
            Files.write(tcsdStorageFile(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path tcsdStorageFile() {
        return directory.resolve("system").resolve("system.data");
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stopProcesses();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> environment() {
        return Map.of(
                "TSS_TCSD_PORT", String.valueOf(tcsdPort),
                "TSS_USER_PS_FILE", storage().toString());
    }

    private void startChip() throws IOException {
        Path state = Files.createDirectories(directory.resolve("chip" + chip));
        List<Integer> ports = freePorts();
        tpmPort = ports.get(0);
        int control = ports.get(1);
        swtpm = started(
                "swtpm",
                Map.of(),
                "socket",
                "--tpmstate",
                "dir=" + state,
                "--server",
                "type=tcp,bindaddr=127.0.0.1,port=" + tpmPort,
                "--ctrl",
                "type=tcp,bindaddr=127.0.0.1,port=" + control,
                "--flags",
                "not-need-init,startup-clear");
        awaitListening(swtpm, "swtpm", control);
    }

    private void writeTcsdConfiguration() throws IOException {
        Path system = Files.createDirectory(directory.resolve("system"));
        Files.writeString(configuration(), "port = " + tcsdPort + "\nsystem_ps_file = " + tcsdStorageFile() + "\n");
        Files.setPosixFilePermissions(configuration(), PosixFilePermissions.fromString("rw-r-----"));
        TestProcesses.run(Map.of(), "", "chown", "root:tss", configuration().toString())
                .success();
        TestProcesses.run(Map.of(), "", "chown", "tss:tss", system.toString()).success();
    }

    /** tcsd.conf. */
    Path configuration() {
        return directory.resolve("tcsd.conf");
    }

    private Process started(String program, Map<String, String> environment, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of(TestProcesses.path(program)), Stream.of(arguments))
                                .toList())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(program).toFile()));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(String program) {
        return directory.resolve(program + ".log");
    }

    /** Between two looks it waits for the process to end, which it must not. */
    private void awaitListening(Process process, String program, int port) {
        try {
            while (!listens(port)) {
                if (process.waitFor(5, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError(program + " ended: " + Files.readString(log(program)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean listens(int port) throws IOException {
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (ConnectException notYet) {
            return false;
        }
    }

    /** A stop signal has been sent before it has been obeyed: each thread does so when it is next scheduled. */
    private boolean isStopped() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + tcsd.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                if (!Files.readString(thread.resolve("status")).contains("State:\tT")) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void signal(String signal) {
        TestProcesses.run(Map.of(), "", "kill", signal, String.valueOf(tcsd.pid()))
                .success();
    }

    private void stopProcesses() {
        Stream.of(Optional.ofNullable(tcsd), Optional.ofNullable(swtpm))
                .flatMap(Optional::stream)
                .forEach(SoftwareTpm::stop);
    }

    private static void stop(Process process) {
        process.destroyForcibly().onExit().join();
    }

    /** Two ports, neither of them that of tcsd, which does not listen on it all the time. */
    private List<Integer> freePorts() {
        return Stream.generate(SoftwareTpm::freePort)
                .filter(port -> port != tcsdPort)
                .distinct()
                .limit(2)
                .toList();
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
