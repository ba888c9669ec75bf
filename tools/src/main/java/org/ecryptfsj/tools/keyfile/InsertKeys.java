package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountKeys;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key insert}: the keys of a key file are added to a user's keyring, for mount.ecryptfs_private. */
final class InsertKeys implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "insert",
                        "Adds the keys of a key file to your keyring, from which mount.ecryptfs_private takes them. Processes"
                                + " of yours can read them there until the directory is unmounted.")
                .addOption(Grammar.option(
                        String.class, "TYPE", "Type of the protectors that are tried (default: all)", "--protector"))
                .addOption(Grammar.option(
                        String.class,
                        "USER",
                        "Name of the user whose key file and keyring it is, for root at a login: only protectors of a TPM"
                                + " are tried, and only if " + LoginKeyFiles.FILE + " has the user and the key file",
                        "--user"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, KeyModuleException, IOException {
        Optional<String> type = Grammar.text(given, "--protector");
        Optional<String> user = Grammar.text(given, "--user");
        if (user.isEmpty()) {
            KeyFile file = session.read();
            try (Unlocked unlocked =
                    type.isPresent() ? session.unlock(file, Set.of(type.get())) : session.unlock(file)) {
                insert(unlocked, session);
            }
            return 0;
        }
        if (type.isPresent()) {
            throw new ToolFailure(USAGE, "--user excludes --protector", "leave one of them out");
        }
        try (Unlocked unlocked = TpmLogin.unlock(user.get(), session)) {
            insert(unlocked, session);
        }
        return 0;
    }

    private static void insert(Unlocked unlocked, KeyFileSession session)
            throws ToolFailure, KeyFileException, KeyModuleException {
        try (MountKeys keys = unlocked.file().keys(session.derivation())) {
            List<AuthTok> tokens = KeyFileTokens.of(keys);
            try {
                for (AuthTok token : tokens) {
                    session.keyring().add(token);
                    System.out.println("Key " + token.signature() + " is in the keyring");
                }
            } finally {
                tokens.forEach(AuthTok::close);
            }
        }
    }
}
