package org.ecryptfsj.protector.tpm2;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A software TPM behind a stream socket, as swtpm offers it: commands and answers one behind the other, without frames. */
final class SocketTransport implements TpmTransport {
    private final SocketAddress address;
    private final SocketChannel channel;
    private final Selector readable;
    private final Deadline deadline;

    private SocketTransport(SocketAddress address, SocketChannel channel, Selector readable, Deadline deadline) {
        this.address = address;
        this.channel = channel;
        this.readable = readable;
        this.deadline = deadline;
    }

    /** @throws TpmException UNREACHABLE if nobody listens */
    static SocketTransport connect(SocketAddress address, Deadline deadline) throws TpmException {
        try {
            SocketChannel channel = SocketChannel.open(address);
            try {
                Selector selector = Selector.open();
                channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                return new SocketTransport(address, channel, selector, deadline);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            throw failure("no software TPM answers at " + address + ": " + e, e);
        }
    }

    @Override
    public byte[] exchange(byte[] command) throws TpmException {
        try {
            ByteBuffer out = ByteBuffer.wrap(command);
            while (out.hasRemaining()) {
                deadline.millisLeft();
                channel.write(out);
            }
            ByteBuffer header = fill(ByteBuffer.allocate(HEADER_BYTES));
            int size = header.getInt(2);
            if (size < HEADER_BYTES || size > MOST_BYTES) {
                throw TpmException.malformed("its header says that it has " + size + " bytes");
            }
            return fill(ByteBuffer.allocate(size).put(header.array())).array();
        } catch (IOException e) {
            throw failure("the software TPM at " + address + " failed: " + e, e);
        }
    }

    private ByteBuffer fill(ByteBuffer into) throws IOException, TpmException {
        while (into.hasRemaining()) {
            readable.select(deadline.millisLeft());
            readable.selectedKeys().clear();
            if (channel.read(into) < 0) {
                throw new IOException("it closed the connection");
            }
        }
        return into;
    }

    private static TpmException failure(String message, Exception e) {
        return e instanceof ClosedByInterruptException
                ? TpmException.interrupted(e)
                : TpmException.unreachable(message, e);
    }

    @Override
    public void close() {
        try {
            channel.close();
            readable.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
