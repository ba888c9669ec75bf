package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.CommandLineMemory;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Passphrases that stand on the command line, as old scripts give them. Everybody can read a command line, so they are
 * overwritten there at once; who looked earlier, or at the shell's history, has seen them.
 */
final class ArgvPassphrases {
    private ArgvPassphrases() {}

    /**
     * Takes the last arguments as passphrases and warns.
     *
     * @param command the command's name
     * @return as many as there are arguments given here, closed by the caller
     * @throws ToolFailure if one cannot be a passphrase
     */
    static List<Secret> take(String command, PassphraseDialogue dialogue, List<String> arguments) throws ToolFailure {
        dialogue.warn(
                command,
                "a passphrase on the command line can be seen by everybody on this machine; give it on standard input, with"
                        + " - in its place");
        List<Secret> passphrases = new ArrayList<>();
        try {
            takeFromMemory(arguments, passphrases);
        } catch (IOException e) {
            dialogue.warn(command, "it cannot be overwritten there: " + e.getMessage());
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

    /** The bytes as they were given, unless the process was started with something else: by a program that embeds this one. */
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
