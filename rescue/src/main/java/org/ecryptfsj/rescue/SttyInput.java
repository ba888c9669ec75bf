package org.ecryptfsj.rescue;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.TerminalInput;

/** Standard input on Unix, with the terminal's echo set by the program stty. The bytes are those that were typed. */
final class SttyInput implements TerminalInput {
    private static final String SAVE = "-g";
    private static final String HIDE = "-echo";

    private final StandardInput input = new StandardInput();

    /** The terminal's settings with echo; empty without a terminal. */
    private final Optional<String> settings;

    /** Shows the echo if the program is ended while it is off. */
    private final Thread atExit = new Thread(this::restore, "terminal echo");

    private SttyInput(Optional<String> settings) {
        this.settings = settings;
    }

    /** Standard input; empty where stty is not installed, as on Windows. */
    static Optional<TerminalInput> ofStandardInput() {
        try {
            return Optional.of(new SttyInput(stty(SAVE)));
        } catch (IOException notInstalled) {
            return Optional.empty();
        }
    }

    @Override
    public boolean isTerminal() {
        return settings.isPresent();
    }

    @Override
    public int read(ByteBuffer into) throws LinuxException {
        return input.read(into);
    }

    @Override
    public void hideEcho(String prompt, PrintStream output) throws LinuxException {
        StandardInput.prepareForSecret();
        Runtime.getRuntime().addShutdownHook(atExit);
        boolean hidden = false;
        try {
            hidden = stty(HIDE).isPresent();
        } catch (IOException e) {
            throw failed(e);
        } finally {
            if (!hidden) {
                Runtime.getRuntime().removeShutdownHook(atExit);
            }
        }
        if (!hidden) {
            throw failed(null);
        }
        output.print(prompt);
        output.flush();
    }

    @Override
    public void showEcho(PrintStream output) {
        restore();
        output.println();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private static LinuxException failed(IOException cause) {
        LinuxException failure = new LinuxException("stty " + HIDE, Errno.ENOTTY);
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }

    private void restore() {
        try {
            stty(settings.orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What stty prints; empty if it fails, as without a terminal. */
    private static Optional<String> stty(String argument) throws IOException {
        Process process = new ProcessBuilder("stty", argument)
                .redirectInput(Redirect.INHERIT)
                .redirectError(Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        try {
            return process.waitFor() == 0 ? Optional.of(printed.strip()) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
