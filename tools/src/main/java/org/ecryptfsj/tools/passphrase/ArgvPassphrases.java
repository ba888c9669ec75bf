package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.CommandLineMemory;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Passphrases on the command line, as old scripts give them. All users can read a process' command line, so they are
 * overwritten there at once. They remain in the shell's history, and another process can have read them before.
 */
final class ArgvPassphrases {
    private ArgvPassphrases() {}

    /**
     * Takes the last arguments as passphrases and prints a warning.
     *
     * @param command the command's name
     * @return one passphrase for each argument, to be closed by the caller
     * @throws ToolFailure if one is not a valid passphrase
     */
    static List<Secret> take(String command, PassphraseDialogue dialogue, List<String> arguments) throws ToolFailure {
        dialogue.warn(
                command,
                "all users of this machine can see a passphrase on the command line; use standard input"
                        + " instead, with - as the argument");
        List<Secret> passphrases = new ArrayList<>();
        try {
            takeFromMemory(arguments, passphrases);
        } catch (IOException e) {
            dialogue.warn(command, "cannot overwrite it there: " + e.getMessage());
        }
        if (passphrases.isEmpty()) {
            arguments.forEach(get -> passphrases.add(Secret.takeBytes(ByteText.encode(get))));
        }
        try {
            for (Secret passphrase : passphrases) {
                PassphraseDialogue.checked(passphrase);
            }
        } catch (ToolFailure e) {
            passphrases.forEach(Secret::close);
            throw e;
        }
        return List.copyOf(passphrases);
    }

    /**
     * Takes the bytes from the process' memory. Leaves the list empty if they differ from the arguments, as in a
     * program that embeds this command.
     */
    private static void takeFromMemory(List<String> arguments, List<Secret> passphrases) throws IOException {
        CommandLineMemory memory = CommandLineMemory.read();
        for (int i = 0; i < arguments.size(); i++) {
            if (!arguments.get(i).equals(ByteText.decode(memory.argument(arguments.size() - 1 - i)))) {
                return;
            }
        }
        for (int i = 0; i < arguments.size(); i++) {
            passphrases.add(Secret.takeBytes(memory.argument(arguments.size() - 1 - i)));
        }
        memory.blankLast(arguments.size());
    }
}
