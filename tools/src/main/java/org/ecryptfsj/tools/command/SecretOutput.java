package org.ecryptfsj.tools.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.Secret;

/** Prints secrets that a person asked for, without a copy that stays in memory. */
public final class SecretOutput {
    private SecretOutput() {}

    /** Standard output without a buffer. What was printed to {@link System#out} comes first. */
    public static OutputStream standard() {
        System.out.flush();
        return new FileOutputStream(FileDescriptor.out);
    }

    /** Standard error without a buffer. What was printed to {@link System#err} comes first. */
    public static OutputStream standardError() {
        System.err.flush();
        return new FileOutputStream(FileDescriptor.err);
    }

    /**
     * Prints a secret and a line end.
     *
     * @param output unbuffered
     */
    public static void line(OutputStream output, Secret secret) throws IOException {
        if (output instanceof FileOutputStream file) {
            // Its channel writes from the secret's own memory. The stream itself would copy the bytes to the stack of a
            // C function.
            ByteBuffer bytes = secret.buffer();
            while (bytes.hasRemaining()) {
                file.getChannel().write(bytes);
            }
        } else {
            secret.onHeap(bytes -> {
                output.write(bytes);
                return null;
            });
        }
        output.write('\n');
        output.flush();
    }
}
