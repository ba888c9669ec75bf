package org.ecryptfsj.tools.passphrase;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.SecretOutput;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;

/** The input and output of a passphrase command, and the home directory it uses. */
final class PassphraseDialogue {
    private static final int FAILED = 1;

    private final Terminal terminal;
    private final OutputStream output;
    private final Optional<Path> home;
    private final Platform platform;

    /**
     * @param output receives an unwrapped passphrase; unbuffered, so that no copy remains in memory
     * @param home replaces the home directory in the password database
     */
    PassphraseDialogue(Terminal terminal, OutputStream output, Optional<Path> home) {
        this(terminal, output, home, LinuxPlatform.INSTANCE);
    }

    private PassphraseDialogue(Terminal terminal, OutputStream output, Optional<Path> home, Platform platform) {
        this.terminal = terminal;
        this.output = output;
        this.home = home;
        this.platform = platform;
    }

    /** Standard input and output, and the home of the real user. */
    static PassphraseDialogue standard() {
        return of(LinuxPlatform.INSTANCE);
    }

    /** Standard input and output, and the home directory, of a platform. */
    static PassphraseDialogue of(Platform platform) {
        return new PassphraseDialogue(
                platform.terminal(System.out), new FileOutputStream(FileDescriptor.out), Optional.empty(), platform);
    }

    /** Where files and key modules are found. */
    Platform platform() {
        return platform;
    }

    /**
     * The home directory.
     *
     * @throws LinuxException if the password database has no such user
     */
    Path home() throws LinuxException {
        return home.isPresent() ? home.get() : platform.home();
    }

    /**
     * Asks for a passphrase without echo. As in the C tools, a line end follows, whether the passphrase is typed or
     * piped.
     *
     * @param name of the passphrase in messages
     * @return 0 to 64 bytes, closed by the caller
     * @throws ToolFailure if the input has ended, or the line is not a valid passphrase
     */
    Secret ask(String prompt, String name) throws ToolFailure, LinuxException {
        Optional<Secret> answer = terminal.askHidden(prompt);
        if (!terminal.isInteractive()) {
            terminal.print("\n");
        }
        return passphrase(answer, name);
    }

    /**
     * Reads a passphrase from a script.
     *
     * @param name of the passphrase in messages
     * @return 0 to 64 bytes, closed by the caller
     * @throws ToolFailure if the input has ended, or the line is not a valid passphrase
     */
    Secret line(String name) throws ToolFailure, LinuxException {
        return passphrase(terminal.line(), name);
    }

    /** Prints a passphrase and a line end. */
    void show(Secret passphrase) throws IOException {
        SecretOutput.line(output, passphrase);
    }

    /** Prints a warning; the command continues. */
    void warn(String command, String text) {
        System.err.println(command + ": warning: " + text);
    }

    /**
     * The file that an argument names.
     *
     * @throws ToolFailure if it is not a valid file name
     */
    static WrappedPassphraseFile file(String argument) throws ToolFailure {
        return file(argument, LinuxPlatform.INSTANCE);
    }

    /** The same, read by a platform. */
    static WrappedPassphraseFile file(String argument, Platform platform) throws ToolFailure {
        try {
            return new WrappedPassphraseFile(ByteText.path(argument), platform);
        } catch (InvalidPathException e) {
            throw new ToolFailure(
                    FAILED,
                    "the file name is not valid in this locale: " + e.getMessage(),
                    "set LC_ALL=C.UTF-8, or the locale in which the file was named");
        }
    }

    /**
     * Checks that the C tools can store a passphrase.
     *
     * @throws ToolFailure if it is longer than 64 bytes, or contains a zero byte, at which the C tools would truncate
     * it
     */
    static Secret checked(Secret passphrase) throws ToolFailure {
        if (passphrase.size() > PassphraseWrapper.MAX_BYTES) {
            int size = passphrase.size();
            passphrase.close();
            throw new ToolFailure(
                    FAILED,
                    "Passphrase is too long. Use at most 64 characters long passphrase.",
                    "use a shorter one: it has " + size + " bytes");
        }
        ByteBuffer bytes = passphrase.buffer();
        while (bytes.hasRemaining()) {
            if (bytes.get() == 0) {
                passphrase.close();
                throw new ToolFailure(
                        FAILED, "a passphrase cannot contain a zero byte", "use text, such as base64 of binary data");
            }
        }
        return passphrase;
    }

    private static Secret passphrase(Optional<Secret> line, String name) throws ToolFailure {
        return checked(line.orElseThrow(() -> new ToolFailure(
                FAILED,
                "Failed to read " + name + ": the input has ended",
                "give each passphrase on a line of its own, or run the command at a terminal")));
    }
}
