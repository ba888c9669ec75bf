package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A set-up under way: what it writes down and says, and what later steps need of earlier ones. */
final class SetupRun {
    private final SetupContext context;
    private final UndoLog undoLog;
    private final Consumer<String> messages;
    private final List<String> notes = new ArrayList<>();
    private String uuid = "";
    private Map<String, String> bindings = Map.of();

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

    /** Writes down what is about to be changed; the disk has it when this returns. */
    void record(UndoEntry entry) throws IOException {
        undoLog.add(entry);
    }

    /** Something the user has to do. */
    void note(String sentence) {
        notes.add(sentence);
    }

    List<String> notes() {
        return notes;
    }

    void setKey(String key, Map<String, String> boundTo) {
        uuid = key;
        bindings = Map.copyOf(boundTo);
    }

    /** The key's name, once it is made. */
    String uuid() {
        return uuid;
    }

    /** What the key is bound to. */
    Map<String, String> bindings() {
        return bindings;
    }
}
