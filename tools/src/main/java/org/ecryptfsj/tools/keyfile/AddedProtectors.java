package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.ParseResult;

/** Protectors that were added to a key file in memory, and the codes that a person must keep once the file is written. */
final class AddedProtectors implements AutoCloseable {
    private final List<ProtectorEntry> entries = new ArrayList<>();
    private final List<Secret> codes = new ArrayList<>();

    private AddedProtectors() {}

    /**
     * Adds protectors to an unlocked file.
     *
     * @param label of each, may be empty
     * @param installed the protectors of this machine
     * @param prompter asks for what a protector needs
     * @return closed by the caller
     */
    static AddedProtectors add(
            UnlockedKeyFile file,
            List<ProtectorRequest> requests,
            String label,
            Protectors installed,
            Prompter prompter)
            throws ToolFailure, KeyFileException, ProtectorException {
        AddedProtectors added = new AddedProtectors();
        boolean complete = false;
        try {
            for (ProtectorRequest request : requests) {
                added.add(file, request, label, installed, prompter);
            }
            complete = true;
            return added;
        } finally {
            if (!complete) {
                added.close();
            }
        }
    }

    private void add(
            UnlockedKeyFile file, ProtectorRequest request, String label, Protectors installed, Prompter prompter)
            throws ToolFailure, KeyFileException, ProtectorException {
        Protector protector = request.protector(installed);
        try (ParameterValues values = request.values(protector);
                Protection protection = protector.protect(file.fileKey(), file.context(), values, prompter)) {
            int number = file.add(request.type(), label, protection.fields(), Instant.now());
            entries.add(file.protectors().stream()
                    .filter(entry -> entry.id() == number)
                    .findFirst()
                    .orElseThrow());
            protection.code().ifPresent(code -> codes.add(code.copy()));
        }
    }

    /** Their numbers and types. */
    String names() {
        return entries.stream().map(UnlockReport::name).collect(Collectors.joining(", "));
    }

    /**
     * Prints the codes, once the file that they unlock is on the disk.
     *
     * @param text receives what is around them
     * @param secrets receives them, behind the text; unbuffered
     * @throws ToolFailure if nobody can have seen them
     */
    void printCodes(boolean qr, PrintStream text, Supplier<OutputStream> secrets) throws ToolFailure {
        try {
            for (Secret code : codes) {
                RecoveryCodeOutput.print(code, qr, text, secrets);
            }
        } catch (IOException e) {
            throw new ToolFailure(
                    ToolFailure.EIO,
                    "the recovery code cannot be printed: " + e.getMessage() + "; the key file is written",
                    "remove the protector of type recovery, and add another one");
        }
    }

    /**
     * The label that the option {@code --label} gives, or an empty one.
     *
     * @throws ToolFailure if it cannot be one
     */
    static String label(ParseResult given) throws ToolFailure {
        String label = Grammar.text(given, "--label").orElse("");
        if (!KeyFile.isLabel(label)) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "--label: the label is longer than " + KeyFile.MOST_LABEL
                            + " characters, or has control characters",
                    "give a short text of one line");
        }
        return label;
    }

    @Override
    public void close() {
        codes.forEach(Secret::close);
    }
}
