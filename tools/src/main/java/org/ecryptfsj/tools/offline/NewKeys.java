package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.lower.FileKey;
import org.ecryptfsj.lower.KeyPacket;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileTokens;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * The keys that ecryptfs-rekey adds, by signature. The keys themselves belong to an {@link OfflineKeys}, so that they also open
 * the files that have them already.
 */
final class NewKeys {
    private static final String PASSPHRASE_FILE = "--add-passphrase-file";
    private static final String WRAPPED = "--add-wrapped";
    private static final String KEY_FILE = "--add-keyfile";
    private static final String KEY = "--add-key";

    private final OfflineKeys keys;
    private final Set<Signature> contents = new LinkedHashSet<>();
    private final Set<Signature> names = new LinkedHashSet<>();

    private NewKeys(OfflineKeys keys) {
        this.keys = keys;
    }

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.repeated(
                        String.class,
                        "FILE",
                        "Path of a file with a new passphrase, as for --passphrase-file; can be repeated",
                        PASSPHRASE_FILE))
                .addOption(Grammar.repeated(
                        String.class,
                        "FILE",
                        "Path of a file with one or two new wrapped passphrases, as for --wrapped; can be repeated",
                        WRAPPED))
                .addOption(Grammar.repeated(
                        String.class, "FILE", "Path or name of a key file with new keys; can be repeated", KEY_FILE))
                .addOption(Grammar.repeated(
                        String.class,
                        "MODULE:NAME=VALUE[:...]",
                        "New key of a key module, as for --key; can be repeated",
                        KEY));
    }

    /**
     * Reads the keys that the options give.
     *
     * @param keys gets the keys, and closes them
     */
    static NewKeys read(ParseResult given, KeyOptions options, OfflineKeys keys) throws ToolFailure, IOException {
        NewKeys added = new NewKeys(keys);
        for (String file : given.matchedOptionValue(PASSPHRASE_FILE, List.<String>of())) {
            try {
                added.passphrases(List.of(PassphraseTokens.FILE.read(file)));
            } catch (KeyModuleException e) {
                throw KeyQuestions.failure(e);
            }
        }
        for (String file : given.matchedOptionValue(WRAPPED, List.<String>of())) {
            added.passphrases(options.unwrap(file, "Wrapping passphrase of " + file + ": ", keys));
        }
        for (String file : given.matchedOptionValue(KEY_FILE, List.<String>of())) {
            List<AuthTok> tokens = KeyFileTokens.unlock(file, keys.modules());
            added.contents.add(tokens.get(0).signature());
            added.names.add(tokens.get(tokens.size() - 1).signature());
            tokens.forEach(keys::add);
        }
        for (String key : given.matchedOptionValue(KEY, List.<String>of())) {
            AuthTok token = options.token(KEY, key, keys);
            added.contents.add(token.signature());
            if (token instanceof AuthTok.Password) {
                added.names.add(token.signature());
            }
            keys.add(token);
        }
        return added;
    }

    /**
     * The keys of one passphrase, or of one for contents and one for names, as mounts use them.
     *
     * @param passphrases closed when this returns
     */
    private void passphrases(List<Secret> passphrases) throws ToolFailure, IOException {
        try {
            Salt usual = PassphraseTokens.saltOf(Account.current().home());
            PassphraseTokens tokens = new PassphraseTokens(keys.modules());
            boolean two = passphrases.size() > 1;
            contents.add(add(tokens.derive(passphrases.get(0), usual)));
            names.add(add(tokens.derive(passphrases.get(two ? 1 : 0), two ? usual : Salt.FNEK)));
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        } finally {
            passphrases.forEach(Secret::close);
        }
    }

    private Signature add(AuthTok token) {
        keys.add(token);
        return token.signature();
    }

    /** The keys for contents, in the order of their packets. */
    List<Signature> contents() {
        return List.copyOf(contents);
    }

    /**
     * The key for names.
     *
     * @throws ToolFailure if there is none, or more than one
     */
    Signature forNames() throws ToolFailure {
        Optional<Signature> only = names.stream().findFirst();
        if (only.isEmpty() || names.size() > 1) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "--names needs one new key for names, and the options give " + names.size(),
                    "give one of " + String.join(", ", PASSPHRASE_FILE, WRAPPED, KEY_FILE)
                            + "; keys of key modules cannot encrypt names");
        }
        return only.get();
    }

    /** The keys that a file does not have yet. */
    List<Signature> missing(Set<Signature> present) {
        return contents.stream().filter(key -> !present.contains(key)).toList();
    }

    /** Whether the first of these keys is a key module's. */
    boolean beginsWithModuleKey(List<Signature> signatures) {
        return keys.isModuleKey(signatures.get(0));
    }

    /** Encrypts a file key with these keys. */
    List<KeyPacket> packets(List<Signature> signatures, FileKey fileKey) throws SkippedEntryException {
        List<KeyPacket> packets = new ArrayList<>();
        for (Signature signature : signatures) {
            packets.add(keys.encrypt(fileKey, signature));
        }
        return List.copyOf(packets);
    }
}
