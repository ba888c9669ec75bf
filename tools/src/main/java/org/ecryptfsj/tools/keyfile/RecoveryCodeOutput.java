package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.SecretOutput;

/** Prints a recovery code, which nobody sees again. */
final class RecoveryCodeOutput {
    private static final byte[] INDENT = "    ".getBytes(StandardCharsets.US_ASCII);

    private RecoveryCodeOutput() {}

    /**
     * @param qr whether it is also printed as a QR code
     * @param session gives the output
     */
    static void print(Secret code, boolean qr, KeyFileSession session) throws IOException {
        System.out.println();
        System.out.println("Recovery code:");
        System.out.println();
        OutputStream output = session.secretOutput();
        output.write(INDENT);
        SecretOutput.line(output, code);
        System.out.println();
        if (qr) {
            System.out.println(QrText.of(code));
        }
        System.out.println(
                "Write it down now and keep it away from this machine. It is stored nowhere and not shown again.");
    }
}
