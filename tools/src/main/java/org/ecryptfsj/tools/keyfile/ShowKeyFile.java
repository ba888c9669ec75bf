package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountSettings;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key show}: what a key file is, and what its protectors say of themselves. Nothing is unlocked. */
final class ShowKeyFile implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "show",
                        "Shows a key file and the present state of each protector. Asks nobody and unlocks nothing: test"
                                + " does.")
                .addOption(Grammar.flag("JSON output", "--json"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session) throws KeyFileException, IOException {
        KeyFile file = session.read();
        if (given.hasMatchedOption("--json")) {
            JsonOutput.print(json(file, session));
        } else {
            System.out.print(text(file, session));
        }
        return 0;
    }

    private static String text(KeyFile file, KeyFileSession session) {
        MountSettings mount = file.mount();
        StringBuilder text = new StringBuilder();
        line(text, "Key file", session.path().toString());
        line(text, "Id", file.id().toString());
        line(text, "Label", file.label().isEmpty() ? "none" : file.label());
        line(text, "Created", file.created());
        line(text, "Contents", key(mount.content(), mount.cipher()));
        line(
                text,
                "Names",
                mount.names()
                        .map(names -> key(names.signature(), names.cipher()))
                        .orElse("not encrypted"));
        if (mount.xattrMetadata()) {
            line(text, "Headers", "in an extended attribute");
        }
        for (ProtectorEntry entry : file.protectors()) {
            ProtectorState state = session.state(file, entry);
            text.append('\n');
            line(text, "Protector", entry.id() + ", " + entry.type());
            line(text, "Label", entry.label().isEmpty() ? "none" : entry.label());
            line(text, "Added", entry.added());
            line(text, "Needs", state.binding());
            line(
                    text,
                    "State",
                    state.obstacle()
                            .map(why -> "cannot be used now: " + UnlockReport.sentence(why.message())
                                    + UnlockReport.whatToDo(why.advice()))
                            .orElse("no obstacle is known"));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-10s %s%n", name + ":", PrintableText.of(value)));
    }

    private static String key(Signature signature, CipherChoice cipher) {
        return "key " + signature + ", " + cipher.name() + " with " + cipher.keyBytes() + " bytes";
    }

    private static Map<String, Object> json(KeyFile file, KeyFileSession session) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", session.path().toString());
        json.put("id", file.id().toString());
        json.put("label", file.label());
        json.put("created", file.created());
        json.put("contents", json(file.mount().content(), file.mount().cipher()));
        file.mount().names().ifPresent(names -> json.put("names", json(names.signature(), names.cipher())));
        json.put("xattr_metadata", file.mount().xattrMetadata());
        json.put(
                "protectors",
                file.protectors().stream()
                        .map(entry -> json(entry, session.state(file, entry)))
                        .toList());
        return json;
    }

    private static Map<String, Object> json(Signature signature, CipherChoice cipher) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("signature", signature.hex());
        json.put("cipher", cipher.name());
        json.put("key_bytes", cipher.keyBytes());
        return json;
    }

    private static Map<String, Object> json(ProtectorEntry entry, ProtectorState state) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", entry.id());
        json.put("type", entry.type());
        json.put("label", entry.label());
        json.put("added", entry.added());
        json.put("binding", state.binding());
        json.put("usable", state.obstacle().isEmpty());
        state.obstacle().ifPresent(why -> json.put("obstacle", obstacle(why.reason(), why.message(), why.advice())));
        return json;
    }

    /** Why a protector cannot be used or did not unlock, in JSON. */
    static Map<String, Object> obstacle(ProtectorException.Reason reason, String message, String advice) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("reason", reason.name().toLowerCase(Locale.ROOT));
        json.put("message", message);
        json.put("advice", advice);
        return json;
    }
}
