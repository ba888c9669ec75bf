package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.OptionList;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** How the offline commands are told their keys. Prompts go to standard error: standard output may be a file's contents. */
final class KeyOptions {
    private static final int DEFAULT_NAME_KEY_BYTES = 16;

    private final ParseResult given;
    private final Terminal terminal = new Terminal(Descriptor.adopt(0, "standard input"), System.err);

    KeyOptions(ParseResult given) {
        this.given = given;
    }

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.flag("Ask for a passphrase", "--passphrase"))
                .addOption(Grammar.option(
                        String.class,
                        "FILE",
                        "Take the passphrase from a file of options, as mount does: a line passphrase_passwd=...",
                        "--passphrase-file"))
                .addOption(
                        Grammar.option(Integer.class, "N", "The same from an open file descriptor", "--passphrase-fd"))
                .addOption(
                        Grammar.flag("Take the passphrase from the first line of standard input", "--passphrase-stdin"))
                .addOption(Grammar.option(
                        String.class,
                        "HEX",
                        "The passphrase's salt, 16 hex digits; without it that of ~/.ecryptfsrc, of each file, and the"
                                + " default are tried",
                        "--salt"))
                .addOption(OptionSpec.builder("--key")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("MODULE:NAME=VALUE[:...]")
                        .description("A key of a key module, as in mount's option key=; may be given several times")
                        .build())
                .addOption(Grammar.option(
                        Integer.class,
                        "N",
                        "Bytes of the key that encrypts names, as mount's ecryptfs_fn_key_bytes; if they do not fit, others"
                                + " are tried",
                        "--fn-key-bytes"));
    }

    /**
     * The keys that were given, and those in the keyring.
     *
     * @return closed by the caller
     */
    OfflineKeys keys() throws ToolFailure, IOException {
        List<Salt> salts = salts();
        boolean mayAsk = terminal.isInteractive() && !saysAnyKey();
        OfflineKeys keys = new OfflineKeys(
                given.matchedOptionValue("--fn-key-bytes", DEFAULT_NAME_KEY_BYTES),
                missing -> mayAsk ? ask(missing) : Optional.empty());
        boolean complete = false;
        try {
            for (Secret passphrase : passphrases()) {
                keys.add(passphrase, salts);
            }
            for (String key : given.matchedOptionValue("--key", List.<String>of())) {
                keys.add(token(key, keys));
            }
            complete = true;
            return keys;
        } finally {
            if (!complete) {
                keys.close();
            }
        }
    }

    private boolean saysAnyKey() {
        return List.of("--passphrase", "--passphrase-file", "--passphrase-fd", "--passphrase-stdin", "--key").stream()
                .anyMatch(given::hasMatchedOption);
    }

    private Optional<Secret> ask(Signature missing) throws IOException {
        return terminal.askHidden("Passphrase of key " + missing + ": ");
    }

    private List<Salt> salts() throws ToolFailure, IOException {
        Optional<String> salt = Optional.ofNullable(given.matchedOptionValue("--salt", (String) null));
        if (salt.isEmpty()) {
            Salt usual = PassphraseTokens.saltOf(Account.current().home());
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

    private List<Secret> passphrases() throws ToolFailure, IOException {
        List<Secret> passphrases = new ArrayList<>();
        if (given.hasMatchedOption("--passphrase-file")) {
            passphrases.add(inFile(given.matchedOptionValue("--passphrase-file", "")));
        }
        if (given.hasMatchedOption("--passphrase-fd")) {
            int number = given.matchedOptionValue("--passphrase-fd", 0);
            try (OptionList options = OptionList.read(Descriptor.adopt(number, "file descriptor " + number))) {
                passphrases.add(passphrase(options, "file descriptor " + number));
            } catch (KeyModuleException e) {
                throw new ToolFailure(ToolFailure.EINVAL, e.getMessage(), e.advice());
            }
        }
        if (given.hasMatchedOption("--passphrase-stdin")) {
            passphrases.add(terminal.line().orElseThrow(KeyOptions::nothingTyped));
        }
        if (given.hasMatchedOption("--passphrase")) {
            passphrases.add(terminal.askHidden("Passphrase: ").orElseThrow(KeyOptions::nothingTyped));
        }
        return passphrases;
    }

    private static ToolFailure nothingTyped() {
        return new ToolFailure(
                ToolFailure.EINVAL, "standard input ended before a passphrase", "type it, or pipe it in");
    }

    private static Secret inFile(String name) throws ToolFailure, IOException {
        Path file = Path.of(name);
        try {
            checkWhoMayTouchIt(file);
            try (OptionList options = OptionList.read(file)) {
                return passphrase(options, name);
            }
        } catch (NoSuchFileException e) {
            throw new ToolFailure(
                    ToolFailure.ENOENT, "the passphrase file " + name + " does not exist", "check --passphrase-file");
        } catch (KeyModuleException e) {
            throw new ToolFailure(ToolFailure.EINVAL, name + ": " + e.getMessage(), e.advice());
        }
    }

    /** As for mount: what everybody may replace is not taken, what others may read is told. */
    private static void checkWhoMayTouchIt(Path file) throws IOException, ToolFailure {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "everybody may write to the passphrase file " + file + " (mode "
                            + PosixFilePermissions.toString(permissions) + ")",
                    "find out who did, then chmod 600 " + file);
        }
        if (permissions.contains(PosixFilePermission.GROUP_READ)
                || permissions.contains(PosixFilePermission.OTHERS_READ)) {
            System.err.println(
                    "Warning: others than its owner may read the passphrase file " + file + ": chmod 600 it");
        }
    }

    private static Secret passphrase(OptionList options, String where) throws ToolFailure {
        return options.secret("passwd", "passphrase_passwd")
                .map(Secret::copy)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "there is no passphrase in " + where,
                        "write passphrase_passwd=... on a line of its own"));
    }

    /** The token of a key module's key; parameters that are missing are asked for at a terminal. */
    private AuthTok token(String text, OfflineKeys keys) throws ToolFailure, IOException {
        try (OptionList list = OptionList.of("key=" + text)) {
            if (list.options().size() != 1) {
                throw new ToolFailure(
                        ToolFailure.EINVAL, "--key takes one key, without a comma", "give --key once for each key");
            }
            Option key = list.options().get(0);
            KeyModule module = keys.modules()
                    .byAlias(key.text())
                    .orElseThrow(() -> new ToolFailure(
                            ToolFailure.EINVAL,
                            "there is no key module named \"" + key.text() + "\"",
                            "use one of "
                                    + keys.modules().all().stream()
                                            .map(KeyModule::alias)
                                            .collect(Collectors.joining(", "))));
            try (ParameterValues values = new ParameterValues()) {
                fill(values, module, key.parts());
                return AuthTok.of(module.alias(), module.credential(values));
            }
        } catch (KeyModuleException e) {
            throw new ToolFailure(ToolFailure.EINVAL, e.getMessage(), e.advice());
        }
    }

    private void fill(ParameterValues values, KeyModule module, List<Option> parts) throws ToolFailure, IOException {
        for (Option part : parts) {
            Parameter parameter = module.parameters().stream()
                    .filter(p -> p.isNamed(part.name()))
                    .findFirst()
                    .orElseThrow(() -> new ToolFailure(
                            ToolFailure.EINVAL,
                            "key module " + module.alias() + " has no parameter \"" + part.name() + "\"",
                            "use one of "
                                    + module.parameters().stream()
                                            .map(Parameter::name)
                                            .collect(Collectors.joining(", "))));
            part.value().ifPresent(value -> values.add(parameter.name(), value.copy()));
        }
        for (Parameter parameter : module.parameters()) {
            if (terminal.isInteractive() && isOpen(parameter, values)) {
                values.add(
                        parameter.name(),
                        new Questions(terminal)
                                .text(parameter.prompt().orElseThrow(), parameter.echo(), parameter.suggestion()));
            }
        }
    }

    private static boolean isOpen(Parameter parameter, ParameterValues values) {
        return parameter.prompt().isPresent()
                && parameter.defaultValue().isEmpty()
                && values.secret(parameter.name()).isEmpty()
                && parameter.alternatives().stream()
                        .allMatch(name -> values.secret(name).isEmpty());
    }
}
