package org.ecryptfsj.tools.command;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.linux.Descriptor;

/** A terminal at which everything has been typed already: standard input from a file. */
public final class ScriptedTerminal implements AutoCloseable {
    private final Descriptor input;

    /** @param directory where the file may stand */
    public ScriptedTerminal(Path directory, String text) throws IOException {
        Path file = Files.writeString(Files.createTempFile(directory, "typed", ""), text, StandardCharsets.UTF_8);
        input = Descriptor.openReadWrite(file.toString());
    }

    /** A terminal that reads it and prints to nowhere. */
    public Terminal terminal() {
        return new Terminal(input, new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        input.close();
    }
}
