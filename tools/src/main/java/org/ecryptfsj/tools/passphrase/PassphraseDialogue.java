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
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;

/** Where a passphrase tool reads passphrases, where it shows one, and whose home it works in. */
final class PassphraseDialogue {
    private static final int FAILED = 1;

    private final Terminal terminal;
    private final OutputStream output;
    private final Optional<Path> home;

    /**
     * @param output where a passphrase is shown: unbuffered, so that no copy stays behind
     * @param home instead of the one in the password database
     */
    PassphraseDialogue(Terminal terminal, OutputStream output, Optional<Path> home) {
        this.terminal = terminal;
        this.output = output;
        this.home = home;
    }

    /** Standard input and output, and the home of the real user. */
    static PassphraseDialogue standard() {
        return new PassphraseDialogue(Terminal.standard(), new FileOutputStream(FileDescriptor.out), Optional.empty());
    }

    /**
     * The home directory.
     *
     * @throws LinuxException if the password database has no such user
     */
    Path home() throws LinuxException {
        return home.isPresent() ? home.get() : Account.current().home();
    }

    /**
     * Asks for a passphrase, which is not shown. Like the C tools, the line is ended whether it was typed or piped.
     *
     * @param what as it is called in messages
     * @return 0 to 64 bytes, closed by the caller
     * @throws ToolFailure if the input has ended, or the line cannot be a passphrase
     */
    Secret ask(String prompt, String what) throws ToolFailure, LinuxException {
        Optional<Secret> answer = terminal.askHidden(prompt);
        if (!terminal.isInteractive()) {
            terminal.print("\n");
        }
        return passphrase(answer, what);
    }

    /**
     * Reads a passphrase that a script gives.
     *
     * @param what as it is called in messages
     * @return 0 to 64 bytes, closed by the caller
     * @throws ToolFailure if the input has ended, or the line cannot be a passphrase
     */
    Secret line(String what) throws ToolFailure, LinuxException {
        return passphrase(terminal.line(), what);
    }

    /** Shows a passphrase and ends the line. */
    void show(Secret passphrase) throws IOException {
        passphrase.onHeap(bytes -> {
            output.write(bytes);
            return null;
        });
        output.write('\n');
        output.flush();
    }

    /** Tells something that does not end the command. */
    void warn(String command, String text) {
        System.err.println(command + ": warning: " + text);
    }

    /**
     * The file an argument names.
     *
     * @throws ToolFailure if the name cannot be one
     */
    static WrappedPassphraseFile file(String argument) throws ToolFailure {
        try {
            return new WrappedPassphraseFile(ByteText.path(argument));
        } catch (InvalidPathException e) {
            throw new ToolFailure(
                    FAILED,
                    "the file name cannot be read in this locale: " + e.getMessage(),
                    "set LC_ALL=C.UTF-8, or the locale the name was made in");
        }
    }

    /**
     * Holds a passphrase to what the C tools can keep.
     *
     * @throws ToolFailure if it is longer than 64 bytes, or has a zero byte, where the C tools would cut it
     */
    static Secret checked(Secret passphrase) throws ToolFailure {
        if (passphrase.size() > PassphraseWrapper.MAX_BYTES) {
            int size = passphrase.size();
            passphrase.close();
            throw new ToolFailure(
                    FAILED,
                    "Passphrase is too long. Use at most 64 characters long passphrase.",
                    "shorten it: it has " + size + " bytes");
        }
        ByteBuffer bytes = passphrase.buffer();
        while (bytes.hasRemaining()) {
            if (bytes.get() == 0) {
                passphrase.close();
                throw new ToolFailure(
                        FAILED, "a passphrase cannot hold a zero byte", "give text, such as base64 of binary data");
            }
        }
        return passphrase;
    }

    private static Secret passphrase(Optional<Secret> line, String what) throws ToolFailure {
        return checked(line.orElseThrow(() -> new ToolFailure(
                FAILED,
                "Failed to read " + what + ": the input has ended",
                "give one line for each passphrase, or start the command at a terminal")));
    }
}
