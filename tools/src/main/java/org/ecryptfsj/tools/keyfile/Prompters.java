package org.ecryptfsj.tools.keyfile;

import java.nio.file.Path;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TerminalEcho;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.tools.command.Terminal;

/** Decides how a person is asked. */
public final class Prompters {
    private static final int STANDARD_INPUT = 0;

    private Prompters() {}

    /**
     * How a person is asked by this process. If standard input is a file or a pipe, each answer is a line of it, so that a script
     * works the same with and without a terminal. Otherwise a person is asked at the terminal; without a terminal, as during
     * boot, through systemd. Without that too, standard input is tried, and gives no answer.
     *
     * @param noask whether nobody is asked
     * @param keyFile what the questions are about
     */
    public static Prompter choose(boolean noask, Path keyFile) {
        if (noask) {
            return Prompter.nobody();
        }
        boolean typed = TerminalEcho.isTerminal(STANDARD_INPUT);
        if (!typed && !isNothing()) {
            return new StandardInputPrompter(Terminal.standard());
        }
        return Terminal.controlling()
                .or(Terminal::standardIfInteractive)
                .<Prompter>map(TerminalPrompter::new)
                .or(() -> SystemdPrompter.ofRunningSystem(keyFile.toString()))
                .orElseGet(() -> new StandardInputPrompter(Terminal.standard()));
    }

    /** Whether standard input is /dev/null, or closed. */
    private static boolean isNothing() {
        try (Descriptor nothing = Descriptor.openToRead(Path.of("/dev/null"), true)) {
            return Descriptor.adopt(STANDARD_INPUT, "standard input").status().isSameFile(nothing.status());
        } catch (LinuxException e) {
            return true;
        }
    }
}
