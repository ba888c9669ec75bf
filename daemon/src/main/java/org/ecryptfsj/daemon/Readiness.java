package org.ecryptfsj.daemon;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/**
 * Tells the process that started us in the background how the start went: one line on an inherited pipe, {@code ready} or
 * {@code error CODE TEXT}, then end of file. Its number is in the environment variable ECRYPTFSD_READY_FD.
 */
final class Readiness {
    private static final String VARIABLE = "ECRYPTFSD_READY_FD";

    private boolean told;

    /** We answer from now on. */
    void ready() throws LinuxException {
        tell("ready\n");
    }

    /** We give up. */
    void failed(int exitCode, String text) throws LinuxException {
        tell("error " + exitCode + " " + text.replace('\n', ' ') + "\n");
    }

    private void tell(String line) throws LinuxException {
        String number = System.getenv(VARIABLE);
        if (told || number == null) {
            return;
        }
        told = true;
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (Descriptor pipe = Descriptor.adopt(Integer.parseInt(number), VARIABLE)) {
            pipe.write(direct);
        }
    }
}
