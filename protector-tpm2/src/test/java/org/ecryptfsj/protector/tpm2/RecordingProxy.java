package org.ecryptfsj.protector.tpm2;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Stands between a program and a software TPM, and keeps all bytes that cross, in both directions. */
final class RecordingProxy implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Path tpm;
    private final ByteArrayOutputStream recording = new ByteArrayOutputStream();

    private RecordingProxy(ServerSocketChannel server, Path tpm) {
        this.server = server;
        this.tpm = tpm;
    }

    /**
     * Starts one.
     *
     * @param socket where it listens
     * @param tpm the software TPM's socket
     */
    static RecordingProxy start(Path socket, Path tpm) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        RecordingProxy proxy = new RecordingProxy(server, tpm);
        daemon(proxy::serve);
        return proxy;
    }

    /** All bytes until now. */
    byte[] recording() {
        synchronized (recording) {
            return recording.toByteArray();
        }
    }

    private void serve() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                SocketChannel chip = SocketChannel.open(UnixDomainSocketAddress.of(tpm));
                Thread answers = daemon(() -> copy(chip, client));
                copy(client, chip);
                chip.close();
                answers.join();
            }
        } catch (ClosedChannelException end) {
            return;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void copy(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        try {
            while (from.read(buffer.clear()) >= 0) {
                synchronized (recording) {
                    recording.write(buffer.array(), 0, buffer.position());
                }
                to.write(buffer.flip());
            }
        } catch (ClosedChannelException end) {
            return;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
