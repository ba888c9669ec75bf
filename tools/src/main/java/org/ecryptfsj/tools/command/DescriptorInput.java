package org.ecryptfsj.tools.command;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TerminalEcho;

/** An open descriptor, usually standard input or the terminal's device. */
final class DescriptorInput implements TerminalInput {
    private final Descriptor descriptor;

    /** Null while the echo is on. */
    private TerminalEcho echo;

    DescriptorInput(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public boolean isTerminal() {
        return TerminalEcho.isTerminal(descriptor.number());
    }

    @Override
    public int read(ByteBuffer into) throws LinuxException {
        return descriptor.read(into);
    }

    @Override
    public void hideEcho(String prompt, PrintStream output) throws LinuxException {
        echo = TerminalEcho.off(descriptor.number());
        output.print(prompt);
        output.flush();
    }

    @Override
    public void showEcho(PrintStream output) {
        echo.close();
        echo = null;
        output.println();
    }
}
