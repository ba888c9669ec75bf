package org.ecryptfsj.daemon.control;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.TimeUnit;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;

/** A connection with one time limit for all reads and writes together: with a limit for each, a client could use it for ever. */
final class TimeLimitedChannel implements ByteChannel {
    private final UnixSocketChannel connection;
    private final int millis;
    private long end;

    TimeLimitedChannel(UnixSocketChannel connection, int millis) {
        this.connection = connection;
        this.millis = millis;
        restartTimer();
    }

    /** Starts the time limit again. */
    void restartTimer() {
        end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** @throws IOException also if the time limit has passed */
    @Override
    public int read(ByteBuffer into) throws IOException {
        limit(UnixSocketOptions.SO_RCVTIMEO);
        return connection.read(into);
    }

    /** @throws IOException also if the time limit has passed */
    @Override
    public int write(ByteBuffer from) throws IOException {
        limit(UnixSocketOptions.SO_SNDTIMEO);
        return connection.write(from);
    }

    private void limit(SocketOption<Integer> option) throws IOException {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
            throw new IOException("the client took longer than " + millis + " ms: connection closed");
        }
        connection.setOption(option, (int) left);
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
