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
final class ToldPassphrases {
    private ToldPassphrases() {}

    /**
     * Takes the last arguments as passphrases and warns.
     *
     * @param command the command's name
     * @return as many as there are arguments given here, closed by the caller
     * @throws ToolFailure if one cannot be a passphrase
     */
    static List<Secret> take(String command, PassphraseDialogue dialogue, List<String> last) throws ToolFailure {
        dialogue.warn(
                command,
                "a passphrase on the command line can be seen by everybody on this machine; give it on standard input, with"
                        + " - in its place");
        List<Secret> taken = new ArrayList<>();
        try {
            takeShown(last, taken);
        } catch (IOException e) {
            dialogue.warn(command, "it cannot be overwritten there: " + e.getMessage());
        }
        if (taken.isEmpty()) {
            last.forEach(word -> taken.add(Secret.takeBytes(ByteText.encode(word))));
        }
        try {
            for (Secret passphrase : taken) {
                PassphraseDialogue.checked(passphrase);
            }
        } catch (ToolFailure e) {
            taken.forEach(Secret::close);
            throw e;
        }
        return List.copyOf(taken);
    }

    /** The bytes as they were given, unless the process was started with something else: by a program that embeds this one. */
    private static void takeShown(List<String> last, List<Secret> taken) throws IOException {
        CommandLineMemory memory = CommandLineMemory.read();
        for (int i = 0; i < last.size(); i++) {
            if (!last.get(i).equals(ByteText.decode(memory.argument(last.size() - 1 - i)))) {
                return;
            }
        }
        for (int i = 0; i < last.size(); i++) {
            taken.add(Secret.takeBytes(memory.argument(last.size() - 1 - i)));
        }
        memory.blankLast(last.size());
    }
}
