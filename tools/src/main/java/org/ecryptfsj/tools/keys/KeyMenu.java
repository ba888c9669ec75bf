package org.ecryptfsj.tools.keys;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code ecryptfs-manager}: a menu to add a passphrase or a key module's key to the user keyring and to create new
 * keys (docs/spec/tools.md, section 7). A failure is reported and leads back to the menu; the exit code is that of the
 * last selected entry.
 */
public final class KeyMenu implements Command {
    private static final String NAME = "ecryptfs-manager";

    private static final String MENU =
            """

            eCryptfs key management menu
            -------------------------------
            \t1. Add passphrase key to keyring
            \t2. Add public key to keyring
            \t3. Generate new public/private keypair
            \t4. Exit

            """;

    private final TokenKeyring keyring = new TokenKeyring();
    private final Terminal terminal;

    /** An entry of the menu. */
    @FunctionalInterface
    private interface Entry {
        /** @return the exit code */
        int run(KeyModules modules) throws ToolFailure, IOException, KeyModuleException;
    }

    /** The menu at standard input and output. */
    public KeyMenu() {
        this(Terminal.standard());
    }

    KeyMenu(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "A menu for keys: adds the key of a passphrase or of a key module (an RSA key file, a TPM"
                        + " key) to your keyring, and creates new key files.");
        spec.usageMessage()
                .footer(
                        "",
                        "Answers can come from a pipe, one on each line. Exit codes: 0 the last selected"
                                + " entry succeeded; 234 an answer was invalid; 251 the input ended or the"
                                + " keyring failed; 254 there is no such key.");
        return spec;
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        if (Grammar.parse(grammar(), arguments).isEmpty()) {
            return 0;
        }
        keyring.linkIntoSession();
        int last = 0;
        try (KeyModules modules = InstalledKeyModules.discover()) {
            while (true) {
                System.out.print(MENU);
                String selection = selection();
                if (selection.equals("4")) {
                    return last;
                }
                last = runEntry(entry(selection), modules);
            }
        }
    }

    /** An empty line is ignored. */
    private String selection() throws ToolFailure, IOException {
        String prompt = "Make selection: ";
        while (true) {
            String answer = terminal.ask(prompt)
                    .orElseThrow(() -> {
                        System.out.println();
                        return new ToolFailure(ToolFailure.EIO, "the input ended in the menu", "select 4 to exit");
                    })
                    .strip();
            if (answer.matches("[1-4]")) {
                return answer;
            }
            prompt = "";
            if (!answer.isEmpty()) {
                prompt = "Invalid selection\n\nMake selection: ";
            }
        }
    }

    private Entry entry(String selection) {
        return switch (selection) {
            case "1" -> this::addPassphrase;
            case "2" -> this::addModuleKey;
            default -> this::generate;
        };
    }

    /** Runs an entry and returns its exit code. */
    private static int runEntry(Entry entry, KeyModules modules) throws IOException {
        try {
            return entry.run(modules);
        } catch (ToolFailure e) {
            return e.report(NAME);
        } catch (KeyModuleException e) {
            return KeyQuestions.failure(e).report(NAME);
        }
    }

    private int addPassphrase(KeyModules modules) throws ToolFailure, IOException, KeyModuleException {
        System.out.println();
        try (Secret passphrase = hidden("\tMount-wide passphrase: ")) {
            if (passphrase.size() == 0) {
                System.err.println("Invalid passphrase. Aborting mount.");
                return ToolFailure.EINVAL;
            }
            try (Secret again = hidden("\tConfirm passphrase: ")) {
                if (!passphrase.sameBytesAs(again)) {
                    System.err.println("Passphrase mismatch. Aborting mount");
                    return ToolFailure.EINVAL;
                }
            }
            Salt salt = PassphraseTokens.saltOf(Account.current().home());
            if (salt.equals(Salt.DEFAULT)) {
                System.out.println("\tUsing the default salt value");
            }
            try (AuthTok token = new PassphraseTokens(modules).derive(passphrase, salt)) {
                return add(token);
            }
        }
    }

    private Secret hidden(String prompt) throws ToolFailure, LinuxException {
        Optional<Secret> answer = terminal.askHidden(prompt);
        if (!terminal.isInteractive()) {
            System.out.println();
        }
        return answer.orElseThrow(() -> new ToolFailure(
                ToolFailure.EIO, "the input ended before a passphrase", "type the passphrase at the prompt"));
    }

    private int addModuleKey(KeyModules modules) throws ToolFailure, IOException {
        try {
            KeyQuestions keys = new KeyQuestions(modules, Optional.of(new Questions(terminal)));
            KeyModule module = keys.choose()
                    .orElseThrow(() -> new ToolFailure(ToolFailure.EINVAL, "no key type was selected", "select one"));
            try (AuthTok token = keys.token(module, KeyQuestions.ParameterSource.NOTHING)) {
                return add(token);
            }
        } finally {
            System.out.println("Returning to main menu");
        }
    }

    private int add(AuthTok token) throws ToolFailure {
        System.out.println(
                keyring.add(token)
                        ? "\nAdded key to keyring with signature [" + token.signature() + "].\n"
                        : "\nThat key was already in the keyring.\n");
        return 0;
    }

    private int generate(KeyModules modules) throws ToolFailure, IOException {
        try {
            KeyQuestions keys = new KeyQuestions(modules, Optional.of(new Questions(terminal)));
            KeyModule module = keys.chooseGenerator();
            GeneratedKey key = keys.generate(module);
            System.out.println("\nGenerated key; mount with key=" + module.alias() + ":" + key.parameter() + "="
                    + key.value() + "\n");
            return 0;
        } finally {
            System.out.println("Returning to main menu");
        }
    }
}
