package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key create}: a key file with a new random key. */
final class CreateKeyFile implements Subcommand {
    /** The cipher of new key files, and the size of its key if a cipher has it. */
    static final CipherChoice DEFAULT = new CipherChoice("aes", 32);

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Subcommand.grammar(
                        "create", "Makes a key file with a new random key. Never replaces a file.")
                .addOption(
                        Grammar.option(String.class, "CIPHER", "Cipher of files and names (default: aes)", "--cipher"))
                .addOption(Grammar.option(
                        Integer.class,
                        "N",
                        "Size of the cipher's key in bytes (default: 32 if the cipher has it)",
                        "--key-bytes"))
                .addOption(Grammar.flag("File names not encrypted", "--no-names"));
        return NewKeyFile.addOptions(spec);
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, KeyModuleException, IOException {
        CipherChoice cipher = CipherOptions.of(
                Grammar.text(given, "--cipher").orElse(DEFAULT.name()),
                Grammar.number(given, "--key-bytes"),
                DEFAULT.keyBytes());
        boolean names = !given.hasMatchedOption("--no-names");
        NewKeyFile file =
                NewKeyFile.of(given, new NewMount(cipher, names ? Optional.of(cipher) : Optional.empty(), false));
        session.requireAbsent();
        try (MountSecret secret = MountSecret.random(names)) {
            file.write(secret, session);
        }
        return 0;
    }
}
