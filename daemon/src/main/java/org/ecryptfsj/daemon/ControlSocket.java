package org.ecryptfsj.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
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
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tree.Trust;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket ecryptfsctl talks to. Only the daemon's own user and root are answered, by the kernel's word on who
 * connected. A client has two seconds for its whole line, however it sends it, and two for taking the answer, so that slow
 * ones do not keep the few places from others.
 */
final class ControlSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    private static final int LONGEST_COMMAND = 256;
    private static final int MOST_READ = 1024;
    private static final int PATIENCE_MILLIS = 2000;
    private static final int PAUSE_MILLIS = 500;
    private static final int CLIENTS = 4;

    private final Path path;
    private final UnixServerSocketChannel server;
    private final Control control;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService clients = new ThreadPoolExecutor(
            0, CLIENTS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), Threads.daemon("control-client"));

    private ControlSocket(Path path, UnixServerSocketChannel server, Control control) {
        this.path = path;
        this.server = server;
        this.control = control;
    }

    /**
     * Listens at that path, in a directory of mode 0700 that is made if it is missing.
     *
     * @throws IOException if another daemon listens there, or the path cannot be used, or others may write to its directory
     *     and so put something else in its place
     */
    static ControlSocket listen(Path path, Control control) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        requireTrusted(directory, path);
        if (Files.exists(path) && someoneListens(path)) {
            throw new IOException("another ecryptfsd listens on " + path
                    + "; stop it first, or choose another place with --control-socket");
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
        ControlSocket socket = new ControlSocket(path, server, control);
        Threads.daemon("control").newThread(socket::accept).start();
        return socket;
    }

    private static void requireTrusted(Path directory, Path path) throws IOException {
        try {
            Trust.requireTrustedPath(directory);
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + path + ": " + e.getMessage()
                            + ", or choose another place with --control-socket",
                    e);
        }
    }

    Path path() {
        return path;
    }

    private static boolean someoneListens(Path path) {
        try (UnixSocketChannel probe = UnixSocketChannel.open(new UnixSocketAddress(path.toString()))) {
            return probe.isConnected();
        } catch (IOException e) {
            LOG.info("{} was left behind by a daemon that is gone: {}", path, e.getMessage());
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
                    hand(client);
                }
            } catch (ClosedChannelException e) {
                LOG.debug("control socket closed");
            } catch (IOException e) {
                if (server.isOpen() && !failing) {
                    LOG.warn(
                            "control socket: {}; clients wait until it works again. If too many files are open: allow this"
                                    + " process more of them (prlimit --nofile)",
                            e.getMessage());
                }
                failing = true;
                if (isClosedWithin(PAUSE_MILLIS)) {
                    return;
                }
            }
        }
    }

    /** Before the next try: a client that cannot be let in for want of a descriptor stays in the queue. */
    private boolean isClosedWithin(int millis) {
        try {
            return closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private void hand(UnixSocketChannel client) throws IOException {
        try {
            clients.execute(() -> serve(client));
        } catch (RejectedExecutionException e) {
            LOG.warn("control socket: {} clients already, one more is sent away", CLIENTS);
            client.close();
        }
    }

    private void serve(UnixSocketChannel connection) {
        try (connection) {
            TimeLimitedChannel client = new TimeLimitedChannel(connection, PATIENCE_MILLIS);
            int uid = connection.getOption(UnixSocketOptions.SO_PEERCRED).getUid();
            String line = readLine(client);
            if (uid != 0 && uid != Account.effectiveUid()) {
                LOG.warn("control socket: uid {} is not allowed to ask", uid);
                write(client, Ordered.of("error", "only root and the daemon's own user may ask"));
                return;
            }
            Control.Answer answer = control.answer(line, uid);
            client.startAgain();
            write(client, answer.document());
            answer.afterwards().run();
        } catch (IOException e) {
            LOG.info("control socket: a client left: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("control socket: unexpected", e);
        }
    }

    static String readLine(ReadableByteChannel client) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_READ);
        while (bytes.hasRemaining() && client.read(bytes) > 0) {
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            int end = text.indexOf('\n');
            if (end >= 0 && end <= LONGEST_COMMAND) {
                return text.substring(0, end);
            }
            if (end >= 0 || text.length() > LONGEST_COMMAND) {
                break;
            }
        }
        throw new IOException("it said no line of at most " + LONGEST_COMMAND + " characters");
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
