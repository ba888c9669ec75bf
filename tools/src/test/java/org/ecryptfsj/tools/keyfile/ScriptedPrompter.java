package org.ecryptfsj.tools.keyfile;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;

/** A person whose answers are known before the questions, for tests. */
final class ScriptedPrompter implements Prompter {
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> questions = new ArrayList<>();

    ScriptedPrompter answering(String... next) {
        answers.clear();
        answers.addAll(List.of(next));
        return this;
    }

    /** What was asked. */
    List<String> questions() {
        return questions;
    }

    @Override
    public int attempts() {
        return answers.isEmpty() ? 0 : answers.size();
    }

    @Override
    public Secret ask(Question question) throws ProtectorException {
        questions.add(question.text());
        if (answers.isEmpty()) {
            throw ConfirmedAnswer.none(question.text());
        }
        return Secret.takeBytes(answers.remove().getBytes(StandardCharsets.UTF_8));
    }
}
