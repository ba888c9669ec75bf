package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountKeys;
import org.ecryptfsj.keyfile.MountPassphrase;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.passphrase.WrappedPassphraseReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key import}: a key file with the passphrase of a tree that exists. */
final class ImportKeyFile implements Subcommand {
    private static final String DEFAULT_CIPHER = "aes";

    /** The size that mounts of passphrases and private directories have if nothing else was said. */
    private static final int DEFAULT_KEY_BYTES = 16;

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Subcommand.grammar(
                        "import",
                        "Makes a key file with the passphrase of an existing encrypted tree: of a passphrase mount or of a"
                                + " private directory. The tree is not read.")
                .addOption(Grammar.option(
                        String.class,
                        "FILE",
                        "Path of a file with the passphrase on a line passphrase_passwd=..., as for mount",
                        "--mount-passphrase-file"))
                .addOption(Grammar.option(
                        String.class,
                        "FILE",
                        "Path of a wrapped-passphrase file; the wrapping passphrase is asked for or read from standard"
                                + " input",
                        "--wrapped-passphrase-file"))
                .addOption(Grammar.option(
                        String.class,
                        "HEX",
                        "Salt of the passphrase, 16 hex digits (default: that of ~/.ecryptfsrc, else the default salt)",
                        "--salt"))
                .addOption(Grammar.flag("File names not encrypted", "--no-names"))
                .addOption(Grammar.flag(
                        "File names encrypted with the key of the contents (default: with the passphrase and the salt"
                                + " for names, as in private directories)",
                        "--names-same-key"))
                .addOption(Grammar.option(
                        String.class,
                        "FILE",
                        "Path of a file with another passphrase, for names",
                        "--names-passphrase-file"))
                .addOption(Grammar.option(
                        String.class,
                        "HEX",
                        "Signature that the key of the contents must have, as in the mount option ecryptfs_sig",
                        "--sig"))
                .addOption(Grammar.option(
                        String.class,
                        "HEX",
                        "Signature that the key of names must have, as in the mount option ecryptfs_fnek_sig",
                        "--fnek-sig"))
                .addOption(Grammar.option(String.class, "CIPHER", "Cipher of the tree (default: aes)", "--cipher"))
                .addOption(Grammar.option(
                        Integer.class,
                        "N",
                        "Size of the cipher's key in bytes (default: 16 if the cipher has it)",
                        "--key-bytes"))
                .addOption(Grammar.option(
                        String.class, "CIPHER", "Cipher of names (default: that of contents)", "--names-cipher"))
                .addOption(Grammar.option(
                        Integer.class,
                        "N",
                        "Size of the key for names in bytes (default: that of contents)",
                        "--names-key-bytes"))
                .addOption(Grammar.flag("Headers of new files in an extended attribute", "--xattr"));
        return NewKeyFile.addOptions(spec);
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, KeyModuleException, IOException {
        NewKeyFile file = NewKeyFile.of(given, mount(given));
        Optional<Signature> content = signature(given, "--sig");
        Optional<Signature> names = signature(given, "--fnek-sig");
        session.requireAbsent();
        try (MountSecret secret = secret(given, session)) {
            try (MountKeys keys = MountKeys.derive(secret, session.derivation())) {
                requireSame("--sig", content, keys.content().signature());
                requireSame(
                        "--fnek-sig", names, keys.names().orElse(keys.content()).signature());
            }
            file.write(secret, session);
        }
        return 0;
    }

    private static NewMount mount(ParseResult given) throws ToolFailure {
        CipherChoice content = CipherOptions.of(
                Grammar.text(given, "--cipher").orElse(DEFAULT_CIPHER),
                Grammar.number(given, "--key-bytes"),
                DEFAULT_KEY_BYTES);
        boolean encrypted = !given.hasMatchedOption("--no-names");
        boolean aboutNames = given.hasMatchedOption("--names-same-key")
                || given.hasMatchedOption("--names-passphrase-file")
                || given.hasMatchedOption("--fnek-sig");
        if (!encrypted && aboutNames) {
            throw new ToolFailure(
                    USAGE, "--no-names excludes the options for the key of names", "leave one of them out");
        }
        Optional<CipherChoice> names = Optional.empty();
        if (encrypted) {
            names = Optional.of(CipherOptions.of(
                    Grammar.text(given, "--names-cipher").orElse(content.name()),
                    Grammar.number(given, "--names-key-bytes"),
                    content.keyBytes()));
        }
        return new NewMount(content, names, given.hasMatchedOption("--xattr"));
    }

    private static MountSecret secret(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyModuleException, ProtectorException, IOException {
        Salt salt = salt(given, session);
        MountPassphrase content = passphrase(content(given, session), salt);
        boolean complete = false;
        try {
            Optional<MountPassphrase> names = Optional.empty();
            if (given.hasMatchedOption("--names-passphrase-file")) {
                names = Optional.of(passphrase(
                        PassphraseTokens.FILE.read(given.matchedOptionValue("--names-passphrase-file", "")), salt));
            } else if (!given.hasMatchedOption("--no-names") && !given.hasMatchedOption("--names-same-key")) {
                names = Optional.of(passphrase(content.passphrase().copy(), Salt.FNEK));
            }
            complete = true;
            return new MountSecret(content, names);
        } finally {
            if (!complete) {
                content.close();
            }
        }
    }

    private static Secret content(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyModuleException, ProtectorException, IOException {
        Optional<String> plain = Grammar.text(given, "--mount-passphrase-file");
        Optional<String> wrapped = Grammar.text(given, "--wrapped-passphrase-file");
        if (plain.isPresent() == wrapped.isPresent()) {
            throw new ToolFailure(
                    USAGE,
                    "either --mount-passphrase-file or --wrapped-passphrase-file is needed",
                    "name the file with the tree's passphrase");
        }
        if (plain.isPresent()) {
            return PassphraseTokens.FILE.read(plain.get());
        }
        try (Secret wrapping =
                session.prompter().ask(new Prompter.Question("Wrapping passphrase of " + wrapped.get(), false))) {
            return WrappedPassphraseReader.read(wrapped.get(), wrapping, session.modules());
        }
    }

    private static MountPassphrase passphrase(Secret passphrase, Salt salt) throws ToolFailure {
        try {
            return new MountPassphrase(passphrase, salt);
        } catch (IllegalArgumentException e) {
            passphrase.close();
            throw new ToolFailure(
                    ToolFailure.EINVAL, e.getMessage(), "give the passphrase with which the tree was mounted");
        }
    }

    private static Salt salt(ParseResult given, KeyFileSession session) throws ToolFailure {
        Optional<String> hex = Grammar.text(given, "--salt");
        if (hex.isEmpty()) {
            return PassphraseTokens.saltOf(session.account().home());
        }
        try {
            return new Salt(hex.get().toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ToolFailure(ToolFailure.EINVAL, "--salt: " + e.getMessage(), "give 16 hex digits");
        }
    }

    private static Optional<Signature> signature(ParseResult given, String option) throws ToolFailure {
        Optional<String> hex = Grammar.text(given, option);
        if (hex.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Signature(hex.get().toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw new ToolFailure(ToolFailure.EINVAL, option + ": " + e.getMessage(), "give 16 hex digits");
        }
    }

    private static void requireSame(String option, Optional<Signature> expected, Signature found) throws ToolFailure {
        if (expected.isPresent() && !expected.get().equals(found)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the passphrase makes the key " + found + ", not " + expected.get() + " of " + option,
                    "check the passphrase, --salt and the options for names");
        }
    }
}
