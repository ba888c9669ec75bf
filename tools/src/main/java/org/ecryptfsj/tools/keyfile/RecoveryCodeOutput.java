package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.SecretOutput;

/** Prints a recovery code, which nobody sees again. */
final class RecoveryCodeOutput {
    private static final byte[] INDENT = "    ".getBytes(StandardCharsets.US_ASCII);

    private RecoveryCodeOutput() {}

    /**
     * @param qr whether it is also printed as a QR code
     * @param text receives what is around it
     * @param secrets gives the output for the code once the text before it is written; unbuffered
     */
    static void print(Secret code, boolean qr, PrintStream text, Supplier<OutputStream> secrets) throws IOException {
        text.println();
        text.println("Recovery code:");
        text.println();
        text.flush();
        OutputStream output = secrets.get();
        output.write(INDENT);
        SecretOutput.line(output, code);
        text.println();
        if (qr) {
            text.println(QrText.of(code));
        }
        text.println("Write it down now and keep it away from this machine. It is stored nowhere and not shown again.");
    }
}
