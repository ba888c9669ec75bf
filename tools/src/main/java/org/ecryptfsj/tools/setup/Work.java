package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A set-up under way: what it writes down and says, and what later steps need of earlier ones. */
final class Work {
    private final Site site;
    private final Journal journal;
    private final Consumer<String> speech;
    private final List<String> notes = new ArrayList<>();
    private String uuid = "";
    private Map<String, String> bindings = Map.of();

    Work(Site site, Journal journal, Consumer<String> speech) {
        this.site = site;
        this.journal = journal;
        this.speech = speech;
    }

    Site site() {
        return site;
    }

    Journal journal() {
        return journal;
    }

    void say(String line) {
        speech.accept(line);
    }

    /** Writes down what is about to be changed; the disk has it when this returns. */
    void record(Deed deed) throws IOException {
        journal.add(deed);
    }

    /** Something the user has to do. */
    void note(String sentence) {
        notes.add(sentence);
    }

    List<String> notes() {
        return notes;
    }

    void made(String key, Map<String, String> boundTo) {
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
