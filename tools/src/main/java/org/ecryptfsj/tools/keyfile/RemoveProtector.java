package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.List;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key remove}: a key file without one of its protectors. */
final class RemoveProtector implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "remove",
                        "Removes a protector; never the last one. A copy of the file that was made before can still be"
                                + " unlocked with it.")
                .addPositional(ProtectorNumber.argument(true, "Number of the protector, as show prints it"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session) throws ToolFailure, KeyFileException, IOException {
        int number = ProtectorNumber.required(given);
        KeyFile before = session.read();
        before.requireRemovable(number);
        requireAnotherPermanent(before, number, session);
        try (Unlocked unlocked = session.unlock(before)) {
            unlocked.file().remove(number);
            session.replace(before, unlocked.file());
            System.out.println("Removed "
                    + before.protector(number).map(UnlockReport::name).orElseThrow() + " from " + session.path());
            RecoveryWarning.print(session.path(), unlocked.file().protectors());
        }
        return 0;
    }

    /** A temporary protector alone would leave a key file that nothing unlocks after some boots. */
    private static void requireAnotherPermanent(KeyFile file, int number, KeyFileSession session)
            throws KeyFileException {
        List<ProtectorEntry> temporary = TemporaryProtectors.of(file, session.protectors());
        boolean another =
                file.protectors().stream().anyMatch(entry -> entry.id() != number && !temporary.contains(entry));
        if (!another) {
            throw new KeyFileException(
                    KeyFileException.Reason.LAST_PROTECTOR,
                    "protector " + number
                            + " is the last one that stays: without it nothing unlocks the key file after the"
                            + " next boots",
                    "add another protector first");
        }
    }
}
