package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.UnlockFailure;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key test}: unlocks a key file and checks its keys; mounts nothing. */
final class TestKeyFile implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar("test", "Unlocks a key file and checks its keys. Mounts and changes nothing.")
                .addPositional(ProtectorNumber.argument(
                        false, "Number of the protector (default: the first one that works, as at a mount)"))
                .addOption(Grammar.flag("JSON output", "--json"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, KeyModuleException, IOException {
        KeyFile file = session.read();
        boolean json = given.hasMatchedOption("--json");
        List<UnlockFailure> failures = new ArrayList<>();
        Consumer<UnlockFailure> report = new UnlockReport(System.err);
        try (Unlocked unlocked = session.unlock(file, ProtectorNumber.of(given), report.andThen(failures::add))) {
            unlocked.file().keys(session.derivation()).close();
            if (json) {
                JsonOutput.print(
                        json(session, failures, Optional.of(unlocked.protector().id())));
            } else {
                System.out.println(UnlockReport.name(unlocked.protector()) + " unlocks " + session.path()
                        + "; its keys are those that it names");
            }
        } catch (KeyFileException e) {
            if (json) {
                JsonOutput.print(json(session, failures, Optional.empty()));
            }
            throw e;
        }
        return 0;
    }

    private static Map<String, Object> json(
            KeyFileSession session, List<UnlockFailure> failures, Optional<Integer> protector) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", session.path().toString());
        json.put("unlocked", protector.isPresent());
        protector.ifPresent(number -> json.put("protector", number));
        json.put("failures", failures.stream().map(TestKeyFile::json).toList());
        return json;
    }

    private static Map<String, Object> json(UnlockFailure failure) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("protector", failure.protector().id());
        json.put("type", failure.protector().type());
        json.putAll(ShowKeyFile.obstacle(failure.reason(), failure.message(), failure.advice()));
        return json;
    }
}
