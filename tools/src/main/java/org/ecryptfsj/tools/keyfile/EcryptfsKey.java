package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key}: makes, shows and changes key files (docs/spec/key-file.md). */
public final class EcryptfsKey implements Command {
    private static final String NAME = "ecryptfs-key";
    private final Map<String, Subcommand> subcommands = new LinkedHashMap<>();
    private final KeyFileSession.Environment environment;

    /** On this machine. */
    public EcryptfsKey() {
        this(KeyFileSession.Environment.ofThisMachine());
    }

    EcryptfsKey(KeyFileSession.Environment environment) {
        this.environment = environment;
        List.of(
                        new CreateKeyFile(),
                        new ShowKeyFile(),
                        new AddProtector(),
                        new RemoveProtector(),
                        new TestKeyFile(),
                        new RebindProtectors(),
                        new ImportKeyFile(),
                        new ExportKeyFile(),
                        new InsertKeys(),
                        new ChangePassphrase())
                .forEach(command -> subcommands.put(command.grammar().name(), command));
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Makes, shows and changes key files. A key file holds the key of an encrypted directory, and any number of"
                        + " protectors that unlock it: a TPM, an RSA key, a passphrase, a recovery code.");
        Grammar.exitCodes(
                spec,
                "0",
                "done",
                "2",
                "wrong usage",
                "234",
                "an argument or the key file is not valid",
                "251",
                "a device, a service or the disk failed",
                "254",
                "a file or a key does not exist",
                "255",
                "refused: no protector unlocked the key file, or its permissions are not safe");
        subcommands.forEach((name, command) -> spec.addSubcommand(name, command.grammar()));
        return spec;
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        if (!parsed.get().hasSubcommand()) {
            throw new ToolFailure(
                    Subcommand.USAGE,
                    "a command is needed: " + String.join(", ", subcommands.keySet()),
                    "see " + NAME + " --help");
        }
        ParseResult given = parsed.get().subcommand();
        Subcommand command = subcommands.get(given.commandSpec().name());
        try (KeyFileSession session = new KeyFileSession(Subcommand.file(given), environment)) {
            return run(command, given, session);
        }
    }

    private static int run(Subcommand command, ParseResult given, KeyFileSession session) throws ToolFailure {
        try {
            return command.run(given, session);
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(session.path(), e);
        } catch (ProtectorException e) {
            throw KeyFileFailures.of(e);
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        } catch (LibcryptoMissingException e) {
            throw KeyFileFailures.of(e);
        } catch (IOException e) {
            throw KeyFileFailures.of(session.path(), e);
        }
    }
}
