package org.ecryptfsj.daemon.lifecycle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/**
 * Reports the result of the start to the parent process that started the daemon in the background: one line on an inherited
 * pipe, {@code ready} or {@code error CODE TEXT}, then end of file. The pipe's descriptor is in the environment variable
 * ECRYPTFSD_READY_FD.
 */
public final class StartupNotifier {
    private static final String VARIABLE = "ECRYPTFSD_READY_FD";

    private boolean sent;

    /**
     * Reports that the daemon answers requests.
     *
     * @throws LinuxException if the pipe cannot be written
     */
    public void ready() throws LinuxException {
        send("ready\n");
    }

    /**
     * Reports that the start has failed.
     *
     * @throws LinuxException if the pipe cannot be written
     */
    public void failed(int exitCode, String text) throws LinuxException {
        send("error " + exitCode + " " + text.replace('\n', ' ') + "\n");
    }

    private void send(String line) throws LinuxException {
        String number = System.getenv(VARIABLE);
        if (sent || number == null) {
            return;
        }
        sent = true;
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (Descriptor pipe = Descriptor.adopt(Integer.parseInt(number), VARIABLE)) {
            pipe.write(direct);
        }
    }
}
