package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.options.OptionList;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.passphrase.WrappedPassphraseReader;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The key options of the offline commands. Prompts go to standard error, because standard output can be file contents.
 */
final class KeyOptions {
    private static final int DEFAULT_NAME_KEY_BYTES = 16;
    private static final String KEY_FILE = "--keyfile";
    private static final List<String> KEYS = List.of(
            "--passphrase",
            "--passphrase-file",
            "--passphrase-fd",
            "--passphrase-stdin",
            "--wrapped",
            "--key",
            KEY_FILE);

    private final ParseResult given;
    private final Platform platform;
    private final Terminal terminal;

    /** On Linux. */
    KeyOptions(ParseResult given) {
        this(given, LinuxPlatform.INSTANCE);
    }

    /** Overwrites secrets among the options in the process' command line. */
    KeyOptions(ParseResult given, Platform platform) {
        platform.hideSecretArguments().ifPresent(System.err::println);
        this.given = given;
        this.platform = platform;
        this.terminal = platform.terminal(System.err);
    }

    /** Where keys come from on a platform, for help texts. */
    static String sources(Platform platform) {
        return platform.isNative()
                ? "Uses the keys in your keyring and the keys given as options; asks for others."
                : "Uses the keys given as options; asks for others.";
    }

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return addTo(spec, LinuxPlatform.INSTANCE);
    }

    /** Adds the options that can be used on a platform to a grammar. */
    static CommandSpec addTo(CommandSpec spec, Platform platform) {
        spec.addOption(Grammar.flag("Question for a passphrase", "--passphrase"))
                .addOption(Grammar.option(
                        String.class,
                        "FILE",
                        "Path of a file with the passphrase on a line passphrase_passwd=..., as for mount",
                        "--passphrase-file"));
        if (platform.isNative()) {
            spec.addOption(Grammar.option(
                    Integer.class, "N", "File descriptor to read the same format from", "--passphrase-fd"));
        }
        spec.addOption(Grammar.flag("Passphrase on the first line of standard input", "--passphrase-stdin"))
                .addOption(OptionSpec.builder("--wrapped")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("FILE")
                        .description("Path of a file with one or two wrapped passphrases; the wrapping passphrase is"
                                + " asked for or read from standard input; can be repeated")
                        .build());
        spec.addOption(Grammar.option(
                String.class,
                "FILE",
                platform.isNative()
                        ? "Path or name of a key file, as for ecryptfs-key; its protectors are tried one after the other"
                        : "Path of a key file, which a passphrase or the recovery code opens",
                KEY_FILE));
        spec.addOption(Grammar.option(
                String.class,
                "HEX",
                "Salt of the passphrase, 16 hex digits (default: the salt of ~/.ecryptfsrc, that of"
                        + " each file and the default salt)",
                "--salt"));
        if (platform.isNative()) {
            spec.addOption(OptionSpec.builder("--key")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .paramLabel("MODULE:NAME=VALUE[:...]")
                    .description("Key of a key module, as in the mount option key=; can be repeated")
                    .build());
        }
        return spec.addOption(Grammar.option(
                Integer.class,
                "N",
                "Size of the key for names, as in the mount option ecryptfs_fn_key_bytes; other sizes"
                        + " are tried, too",
                "--fn-key-bytes"));
    }

    /**
     * The given keys and those in the keyring.
     *
     * @return to be closed by the caller
     */
    OfflineKeys keys() throws ToolFailure, IOException {
        return keys(terminal.isInteractive() && !areGiven());
    }

    /**
     * The same without a question for a passphrase that no option gives.
     *
     * @return to be closed by the caller
     */
    OfflineKeys keysWithoutQuestion() throws ToolFailure, IOException {
        return keys(false);
    }

    private OfflineKeys keys(boolean mayAsk) throws ToolFailure, IOException {
        List<Salt> salts = salts();
        OfflineKeys keys = new OfflineKeys(
                given.matchedOptionValue("--fn-key-bytes", DEFAULT_NAME_KEY_BYTES),
                missing -> mayAsk ? ask(missing) : Optional.empty(),
                platform);
        keys.addSalts(salts);
        boolean complete = false;
        try {
            for (Secret passphrase : passphrases(keys)) {
                keys.add(passphrase, salts);
            }
            for (String key : given.matchedOptionValue("--key", List.<String>of())) {
                keys.add(token("--key", key, keys));
            }
            if (given.hasMatchedOption(KEY_FILE)) {
                new KeyFileKeys(platform, terminal)
                        .of(given.matchedOptionValue(KEY_FILE, ""), keys.modules())
                        .forEach(keys::add);
            }
            complete = true;
            return keys;
        } finally {
            if (!complete) {
                keys.close();
            }
        }
    }

    /** Whether an option gives a key. */
    boolean areGiven() {
        for (String option : KEYS) {
            if (given.hasMatchedOption(option)) {
                return true;
            }
        }
        return false;
    }

    private Optional<Secret> ask(Signature missing) throws IOException {
        return terminal.askHidden("Passphrase of key " + missing + ": ");
    }

    private List<Salt> salts() throws ToolFailure, IOException {
        Optional<String> salt = Grammar.text(given, "--salt");
        if (salt.isEmpty()) {
            Salt usual = platform.salt(platform.home());
            return usual.equals(Salt.DEFAULT)
                    ? List.of(Salt.DEFAULT, Salt.FNEK)
                    : List.of(usual, Salt.DEFAULT, Salt.FNEK);
        }
        try {
            return List.of(new Salt(salt.get().toLowerCase(Locale.ROOT)), Salt.FNEK);
        } catch (IllegalArgumentException e) {
            throw new ToolFailure(ToolFailure.EINVAL, "--salt: " + e.getMessage(), "give 16 hex digits");
        }
    }

    private List<Secret> passphrases(OfflineKeys keys) throws ToolFailure, IOException {
        List<Secret> passphrases = new ArrayList<>();
        try {
            if (given.hasMatchedOption("--passphrase-file")) {
                passphrases.add(platform.passphraseIn(given.matchedOptionValue("--passphrase-file", "")));
            }
            if (given.hasMatchedOption("--passphrase-fd")) {
                passphrases.add(PassphraseTokens.FILE.readDescriptor(
                        String.valueOf(given.matchedOptionValue("--passphrase-fd", Integer.valueOf(0)))));
            }
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
        if (given.hasMatchedOption("--passphrase-stdin")) {
            passphrases.add(terminal.line().orElseThrow(KeyOptions::inputEnded));
        }
        if (given.hasMatchedOption("--passphrase")) {
            passphrases.add(terminal.askHidden("Passphrase: ").orElseThrow(KeyOptions::inputEnded));
        }
        for (String wrapped : given.matchedOptionValue("--wrapped", List.<String>of())) {
            passphrases.addAll(unwrap(wrapped, "Wrapping passphrase: ", keys));
        }
        return passphrases;
    }

    /**
     * The passphrases in a file with wrapped ones: one, or that for contents and that for names.
     *
     * @param prompt for the wrapping passphrase
     * @return closed by the caller, each one
     */
    List<Secret> unwrap(String file, String prompt, OfflineKeys keys) throws ToolFailure, IOException {
        try (Secret wrapping = terminal.askHidden(prompt).orElseThrow(KeyOptions::inputEnded)) {
            return WrappedPassphraseReader.readAll(file, wrapping, keys.modules(), platform);
        }
    }

    private static ToolFailure inputEnded() {
        return new ToolFailure(
                ToolFailure.EINVAL, "standard input ended before a passphrase", "type it or send it through a pipe");
    }

    /**
     * The token of a key module's key; at a terminal there is a prompt for each missing parameter.
     *
     * @param option that gave the text, for messages
     */
    AuthTok token(String option, String text, OfflineKeys keys) throws ToolFailure, IOException {
        try (OptionList list = OptionList.of("key=" + text)) {
            if (list.options().size() != 1) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        option + " accepts one key, without a comma",
                        "repeat " + option + " for each key");
            }
            Optional<Questions> asked =
                    terminal.isInteractive() ? Optional.of(new Questions(terminal)) : Optional.empty();
            return new KeyQuestions(keys.modules(), asked)
                    .token(list.options().get(0), KeyQuestions.ParameterSource.NOTHING);
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }
}
