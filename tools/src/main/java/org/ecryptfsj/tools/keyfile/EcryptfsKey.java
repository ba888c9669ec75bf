package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.List;
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
    private static final List<String> SUBCOMMANDS = List.of(
            "create",
            "show",
            "add",
            "remove",
            "test",
            "rebind",
            "allow-next-boot",
            "import",
            "export",
            "insert",
            "passphrase");

    private final KeyFileSession.Environment environment;

    /** On this machine. */
    public EcryptfsKey() {
        this(KeyFileSession.Environment.ofThisMachine());
    }

    EcryptfsKey(KeyFileSession.Environment environment) {
        this.environment = environment;
    }

    @Override
    public CommandSpec grammar() {
        return grammar(SUBCOMMANDS);
    }

    /** Without the subcommands that the arguments do not name, because preparing each takes time. */
    private static CommandSpec grammarFor(List<String> arguments) {
        return !arguments.isEmpty() && SUBCOMMANDS.contains(arguments.get(0))
                ? grammar(List.of(arguments.get(0)))
                : grammar(SUBCOMMANDS);
    }

    private static CommandSpec grammar(List<String> names) {
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
        names.forEach(name -> spec.addSubcommand(name, subcommand(name).grammar()));
        return spec;
    }

    private static Subcommand subcommand(String name) {
        return switch (name) {
            case "create" -> new CreateKeyFile();
            case "show" -> new ShowKeyFile();
            case "add" -> new AddProtector();
            case "remove" -> new RemoveProtector();
            case "test" -> new TestKeyFile();
            case "rebind" -> new RebindProtectors();
            case "allow-next-boot" -> new AllowNextBoot();
            case "import" -> new ImportKeyFile();
            case "export" -> new ExportKeyFile();
            case "insert" -> new InsertKeys();
            case "passphrase" -> new ChangePassphrase();
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammarFor(arguments), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        if (!parsed.get().hasSubcommand()) {
            throw new ToolFailure(
                    Subcommand.USAGE,
                    "a command is needed: " + String.join(", ", SUBCOMMANDS),
                    "see " + NAME + " --help");
        }
        ParseResult given = parsed.get().subcommand();
        Subcommand command = subcommand(given.commandSpec().name());
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
