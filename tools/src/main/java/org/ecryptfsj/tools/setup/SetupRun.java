package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ecryptfsj.tools.keyfile.TpmKeyFile;

/** The state of a running setup: its undo log, its output and the results of earlier steps. */
final class SetupRun implements AutoCloseable {
    private final SetupContext context;
    private final UndoLog undoLog;
    private final Consumer<String> messages;
    private final List<String> notes = new ArrayList<>();
    private String uuid = "";
    private Map<String, String> bindings = Map.of();
    private Optional<TpmKeyFile> keyFile = Optional.empty();

    SetupRun(SetupContext context, UndoLog undoLog, Consumer<String> messages) {
        this.context = context;
        this.undoLog = undoLog;
        this.messages = messages;
    }

    SetupContext context() {
        return context;
    }

    UndoLog undoLog() {
        return undoLog;
    }

    void print(String line) {
        messages.accept(line);
    }

    /** Records a change in the undo log before it is made; returns when the entry is on the disk. */
    void record(UndoEntry entry) throws IOException {
        undoLog.add(entry);
    }

    /** Adds a task that remains for the user. */
    void note(String sentence) {
        notes.add(sentence);
    }

    List<String> notes() {
        return notes;
    }

    /** The PCRs to which the key file is bound by a TPM 2.0. */
    void setBindings(Map<String, String> boundTo) {
        bindings = Map.copyOf(boundTo);
    }

    void setKey(String key, Map<String, String> boundTo) {
        uuid = key;
        setBindings(boundTo);
    }

    /** Takes over the new key file. */
    void setKeyFile(TpmKeyFile made) {
        keyFile = Optional.of(made);
    }

    /** The new key file, with its recovery code; empty before it is made, and without one. */
    Optional<TpmKeyFile> keyFile() {
        return keyFile;
    }

    /** UUID of the key; empty before it is created. */
    String uuid() {
        return uuid;
    }

    /** PCRs and values the key is bound to. */
    Map<String, String> bindings() {
        return bindings;
    }

    @Override
    public void close() {
        keyFile.ifPresent(TpmKeyFile::close);
    }
}
