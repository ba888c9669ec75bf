package org.ecryptfsj.tools.command;

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
    public void hideEcho() throws LinuxException {
        echo = TerminalEcho.off(descriptor.number());
    }

    @Override
    public void showEcho() {
        echo.close();
        echo = null;
    }
}
