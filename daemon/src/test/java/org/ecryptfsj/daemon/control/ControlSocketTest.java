package org.ecryptfsj.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ControlSocketTest {
    @TempDir
    Path run;

    private ControlFixture control;
    private Path path;
    private ControlSocket socket;

    @BeforeEach
    void start() throws IOException {
        control = new ControlFixture();
        path = run.resolve("ecryptfsj/control");
        socket = ControlSocket.listen(path, control.commands);
    }

    @AfterEach
    void stop() throws IOException {
        socket.close();
        control.close();
    }

    private UnixSocketChannel connect() throws IOException {
        return UnixSocketChannel.open(new UnixSocketAddress(path.toString()));
    }

    private String ask(String line) throws IOException {
        try (UnixSocketChannel channel = connect()) {
            Channels.newOutputStream(channel).write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void statusIsOneJsonDocument() throws IOException {
        Map<String, Object> status = JSON.std.mapFrom(ask("status"));

        assertThat(status)
                .containsKeys(
                        "version", "pid", "uid", "channel", "deadline_ms", "requests", "latency", "modules", "keys");
        assertThat(status.get("modules").toString()).contains("alias=inverting");
    }

    @Test
    void withoutASupervisorARestartIsImpossible() throws IOException {
        assertThat(ask("restart")).contains("\"error\"").contains("no supervisor keeps the channel open");
        assertThat(ask("status")).contains("\"kept_by\":\"nobody\"").contains("\"restarts\":0");
    }

    @Test
    void lockReachesTheModules() throws IOException {
        assertThat(ask("lock")).contains("inverting");
        assertThat(control.module.locked).hasValue(1);
    }

    @Test
    void theLogLevelIsChangedOrTheLevelsAreListed() throws IOException {
        assertThat(ask("log-level debug")).contains("\"log_level\":\"debug\"");
        assertThat(ask("log-level loud")).contains("error").contains("trace");
        assertThat(ask("log-level info")).contains("info");
    }

    @Test
    void aDirectoryThatOthersMayWriteIsRefused() throws IOException {
        Path open = Files.createDirectory(run.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> ControlSocket.listen(open.resolve("control"), control.commands))
                .hasMessageContaining("others may write to")
                .hasMessageContaining("--control-socket");
        assertThat(open).isEmptyDirectory();
    }

    @Test
    void aDirectoryBelowOneThatOthersMayWriteIsRefused() throws IOException {
        Path open = Files.createDirectory(run.resolve("open"));
        Path inner = Files.createDirectory(open.resolve("inner"));
        Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(open.resolve("link"), path.getParent());
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        for (Path directory : List.of(inner, link)) {
            assertThatThrownBy(() -> ControlSocket.listen(directory.resolve("control"), control.commands))
                    .hasMessageContaining("others may write to " + open.toRealPath());
        }
        assertThat(inner).isEmptyDirectory();
    }

    @Test
    void anUnknownCommandIsAnsweredWithAnError() throws IOException {
        for (String line : List.of("", "halt", "status now", "log-level", "\u0000\u0001", "x".repeat(250))) {
            assertThat(ask(line)).contains("\"error\"");
        }
        assertThat(ask("status")).contains("\"pid\"");
    }

    @Test
    void aCommandThatIsTooLongIsRefused() throws IOException {
        assertThat(ask("x".repeat(300))).isEmpty();
        assertThat(ask("status")).contains("\"pid\"");
    }

    /** A byte now and then keeps each single read short of its limit; the line as a whole has one too. */
    @Test
    void slowClientsDoNotBlockOthers() throws Exception {
        List<UnixSocketChannel> slow = new ArrayList<>();
        ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
        try {
            for (int i = 0; i < 4; i++) {
                slow.add(connect());
            }
            Set<UnixSocketChannel> closed = ConcurrentHashMap.newKeySet();
            CountDownLatch allClosed = new CountDownLatch(1);
            Future<?> sending = sender.scheduleAtFixedRate(
                    () -> {
                        for (UnixSocketChannel channel : slow) {
                            if (!sendByte(channel)) {
                                closed.add(channel);
                            }
                        }
                        if (closed.size() == slow.size()) {
                            allClosed.countDown();
                        }
                    },
                    0,
                    100,
                    TimeUnit.MILLISECONDS);

            assertThat(allClosed.await(20, TimeUnit.SECONDS))
                    .as("all four are closed before the 26 s in which they would have sent the longest line")
                    .isTrue();
            assertThat(sending.isDone()).as("the sender failed").isFalse();
            assertThat(ask("status")).contains("\"pid\"");
        } finally {
            sender.shutdownNow();
            for (UnixSocketChannel channel : slow) {
                channel.close();
            }
        }
    }

    private static boolean sendByte(UnixSocketChannel channel) {
        try {
            return channel.write(ByteBuffer.wrap(new byte[] {'s'})) == 1;
        } catch (IOException e) {
            return false;
        }
    }

    /** What a connection takes is given back, also of those that are refused because others are being served. */
    @Test
    void tenThousandConnectionsLeaveNoDescriptorOpen() throws Exception {
        assertThat(ask("status")).contains("\"pid\"");
        long before = descriptors();
        for (int i = 0; i < 10_000; i++) {
            connect().close();
        }

        assertThat(isAnswered()).isTrue();
        assertThat(descriptors()).isLessThan(before + 20);
    }

    private boolean isAnswered() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            try {
                if (ask("status").contains("\"pid\"")) {
                    return true;
                }
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
        return false;
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void silentClientsDoNotBlockOthers() throws IOException {
        List<UnixSocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            silent.add(connect());
        }
        assertThat(ask("status")).contains("\"pid\"");
        for (UnixSocketChannel channel : silent) {
            assertThat(Channels.newInputStream(channel).read()).isEqualTo(-1);
            channel.close();
        }
    }

    /** Until told otherwise, the process $0 can open nothing; a line is what each step waits for. */
    private static final String NO_DESCRIPTORS =
            """
            read -r go
            old=$(prlimit --pid $0 --nofile --noheadings --output SOFT)
            free=0
            while [ -e /proc/$0/fd/$free ]; do free=$((free + 1)); done
            prlimit --pid $0 --nofile=$free: && echo none
            read -r go
            prlimit --pid $0 --nofile=$((old)): && echo enough
            """;

    @Test
    void withoutDescriptorsAClientWaitsAndOneLineIsLogged() throws Exception {
        BlockingQueue<String> log = new LinkedBlockingQueue<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                log.add(event.getFormattedMessage());
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(ControlSocket.class);
        logger.setLevel(Level.WARN);
        appender.start();
        logger.addAppender(appender);
        String pid = Long.toString(ProcessHandle.current().pid());
        Process limit = new ProcessBuilder("sh", "-c", NO_DESCRIPTORS, pid).start();
        try (UnixSocketChannel client = UnixSocketChannel.open();
                BufferedWriter go = limit.outputWriter();
                BufferedReader said = limit.inputReader()) {
            go.append('\n').flush();
            assertThat(said.readLine()).isEqualTo("none");
            client.connect(new UnixSocketAddress(path.toString()));
            Channels.newOutputStream(client).write("status\n".getBytes(StandardCharsets.UTF_8));

            assertThat(log.poll(10, TimeUnit.SECONDS)).contains("Too many open files", "prlimit");
            assertThat(log.poll(1, TimeUnit.SECONDS)).isNull();

            go.append('\n').flush();
            assertThat(said.readLine()).isEqualTo("enough");
            assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"pid\"");
        } finally {
            logger.detachAppender(appender);
            limit.waitFor();
        }
    }

    @Test
    void onlyTheOwnerMayUseTheSocket() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void aSecondDaemonOnTheSameSocketIsAnError() {
        assertThatThrownBy(() -> ControlSocket.listen(path, control.commands))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another ecryptfsd");
    }

    @Test
    void aSocketOfAnEndedDaemonIsReplaced() throws IOException {
        socket.close();
        Files.createFile(path);

        socket = ControlSocket.listen(path, control.commands);

        assertThat(ask("status")).contains("\"pid\"");
    }

    @Test
    void ecryptfsctlExitsWithTheCodeOfItsResult() {
        assertThat(Ecryptfsctl.run("--socket", path.toString(), "status")).isZero();
        assertThat(Ecryptfsctl.run("--socket", path.toString(), "status", "--json"))
                .isZero();
        assertThat(Ecryptfsctl.run("--socket", path.toString(), "log-level", "loud"))
                .isEqualTo(1);
        assertThat(Ecryptfsctl.run("--socket", path.toString(), "lock", "/no/such/mount"))
                .isEqualTo(1);
        assertThat(Ecryptfsctl.run("--socket", path.toString(), "lock")).isZero();
        assertThat(Ecryptfsctl.run("--socket", run.resolve("none").toString(), "status"))
                .isEqualTo(1);
        assertThat(Ecryptfsctl.run("frobnicate")).isEqualTo(2);
        assertThat(Ecryptfsctl.run()).isEqualTo(2);
    }

    @Test
    void theTextShowsEachValueBehindItsName() {
        String text = StatusText.of(OrderedMaps.of(
                "in_flight",
                3,
                "modules",
                List.of(Map.of("alias", "tspi")),
                "keys",
                Map.of(),
                "nested",
                Map.of("a", 1)));

        assertThat(text)
                .contains("in flight:            3\n")
                .contains("modules:\n  alias:              tspi\n")
                .contains("keys: none\n")
                .contains("nested:\n  a:                  1\n");
    }
}
