package org.ecryptfsj.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tree.Trust;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket for ecryptfsctl. Only the daemon's own user and root get an answer; the kernel reports the client's user id. A
 * client has two seconds to send its line, in any number of pieces, and two to take the answer, so that slow clients do not
 * block others.
 */
public final class ControlSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    private static final int MAX_COMMAND = 256;
    private static final int MAX_READ = 1024;
    private static final int CLIENT_TIMEOUT_MILLIS = 2000;
    private static final int RETRY_MILLIS = 500;
    private static final int MAX_CLIENTS = 4;

    private final Path path;
    private final UnixServerSocketChannel server;
    private final ControlCommands commands;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService clients = new ThreadPoolExecutor(
            0, MAX_CLIENTS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), DaemonThreads.named("control-client"));

    private ControlSocket(Path path, UnixServerSocketChannel server, ControlCommands commands) {
        this.path = path;
        this.server = server;
        this.commands = commands;
    }

    /**
     * Listens at that path. A missing directory is created with mode 0700.
     *
     * @return closed by the caller
     * @throws IOException if another daemon listens there, if the path cannot be used, or if other users may write to its
     *     directory and could replace the socket
     */
    public static ControlSocket listen(Path path, ControlCommands commands) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        requireTrusted(directory, path);
        if (Files.exists(path) && isServed(path)) {
            throw new IOException("another ecryptfsd listens on " + path
                    + ". What to do: stop it first, or name another path with --control-socket");
        }
        Files.deleteIfExists(path);
        UnixServerSocketChannel server = UnixServerSocketChannel.open();
        try {
            server.socket().bind(new UnixSocketAddress(path.toString()));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen on " + path + ": " + e.getMessage(), e);
        }
        ControlSocket socket = new ControlSocket(path, server, commands);
        DaemonThreads.named("control").newThread(socket::accept).start();
        return socket;
    }

    private static void requireTrusted(Path directory, Path path) throws IOException {
        try {
            Trust.requireTrustedPath(directory);
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + path + ": " + e.getMessage() + ", or name another path with --control-socket",
                    e);
        }
    }

    /** Path of the socket. */
    public Path path() {
        return path;
    }

    private static boolean isServed(Path path) {
        try (UnixSocketChannel probe = UnixSocketChannel.open(new UnixSocketAddress(path.toString()))) {
            return probe.isConnected();
        } catch (IOException e) {
            LOG.info("{} is left from a daemon that no longer runs: {}", path, e.getMessage());
            return false;
        }
    }

    private void accept() {
        boolean failing = false;
        while (server.isOpen()) {
            try {
                UnixSocketChannel client = server.accept();
                failing = false;
                if (client != null) {
                    dispatch(client);
                }
            } catch (ClosedChannelException e) {
                LOG.debug("control socket closed");
            } catch (IOException e) {
                if (server.isOpen() && !failing) {
                    LOG.warn(
                            "control socket {} cannot accept clients: {}. They wait until it can. What to do: if too many files"
                                    + " are open, allow this process more (prlimit --nofile)",
                            path,
                            e.getMessage());
                }
                failing = true;
                if (isClosedWithin(RETRY_MILLIS)) {
                    return;
                }
            }
        }
    }

    /** Waits before the next accept(2): a client that got no descriptor stays in the queue. */
    private boolean isClosedWithin(int millis) {
        try {
            return closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("the thread of the control socket was interrupted", e);
        }
    }

    private void dispatch(UnixSocketChannel client) throws IOException {
        try {
            clients.execute(() -> serve(client));
        } catch (RejectedExecutionException e) {
            LOG.warn("control socket: too many clients ({}): connection refused", MAX_CLIENTS);
            client.close();
        }
    }

    private void serve(UnixSocketChannel connection) {
        try (connection) {
            TimeLimitedChannel client = new TimeLimitedChannel(connection, CLIENT_TIMEOUT_MILLIS);
            int uid = connection.getOption(UnixSocketOptions.SO_PEERCRED).getUid();
            String line = readLine(client);
            if (uid != 0 && uid != Account.effectiveUid()) {
                LOG.warn(
                        "control socket: uid {} refused: only root and uid {} may connect",
                        uid,
                        Account.effectiveUid());
                write(client, OrderedMaps.of("error", "only root and the daemon's own user may connect"));
                return;
            }
            ControlCommands.Answer answer = commands.execute(line, uid);
            client.restartTimer();
            write(client, answer.document());
            answer.afterwards().run();
        } catch (EOFException e) {
            LOG.debug("control socket: {}", e.getMessage());
        } catch (IOException e) {
            LOG.info("control socket: connection closed: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("control socket: unexpected error while serving a client", e);
        }
    }

    /**
     * A command.
     *
     * @throws EOFException if the client sent nothing, as one does that only wants to know whether a daemon listens
     * @throws IOException if it sent something else than one line
     */
    static String readLine(ReadableByteChannel client) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_READ);
        while (bytes.hasRemaining() && client.read(bytes) > 0) {
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            int end = text.indexOf('\n');
            if (end >= 0 && end <= MAX_COMMAND) {
                return text.substring(0, end);
            }
            if (end >= 0 || text.length() > MAX_COMMAND) {
                break;
            }
        }
        if (bytes.position() == 0) {
            throw new EOFException("client sent nothing");
        }
        throw new IOException("client sent no complete command line (limit " + MAX_COMMAND + " characters)");
    }

    private static void write(TimeLimitedChannel client, Object answer) throws IOException {
        OutputStream out = Channels.newOutputStream(client);
        out.write((JSON.std.asString(answer) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        clients.shutdownNow();
        closed.countDown();
        server.close();
        Files.deleteIfExists(path);
    }
}
