package org.ecryptfsj.tools.command;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;

/**
 * Questions at the terminal, in the format of the C tools: lists, yes or no, visible text, hidden text
 * (docs/spec/mount.md, section 3). The accepted answers and the number of attempts are those of the C tools, too.
 */
public final class Questions {
    private static final int YES_NO_TRIES = 5;
    private static final int TEXT_TRIES = 3;

    private final Terminal terminal;

    /** Asks at this terminal. */
    public Questions(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * An entry of a list.
     *
     * @param value the result when the entry is chosen; the user can also type it
     * @param line the text that the list shows
     */
    public record Choice(String value, String line) {
        /** An entry that shows its value. */
        public static Choice of(String value) {
            return new Choice(value, value);
        }
    }

    /**
     * Shows a list until the user types the number or the value of an entry. An empty answer selects the suggestion,
     * if there is one.
     *
     * @throws ToolFailure EIO at the end of the input
     */
    public String choose(String title, List<Choice> choices, Optional<String> suggestion)
            throws ToolFailure, LinuxException {
        StringBuilder list = new StringBuilder(title).append(": \n");
        for (int i = 0; i < choices.size(); i++) {
            list.append(' ')
                    .append(i + 1)
                    .append(") ")
                    .append(choices.get(i).line())
                    .append('\n');
        }
        list.append("Selection").append(suggested(suggestion)).append(": ");
        while (true) {
            String answer = answer(list.toString(), title);
            Optional<String> chosen = answer.isEmpty() ? suggestion : chosen(choices, answer);
            if (chosen.isPresent()) {
                return chosen.get();
            }
        }
    }

    /**
     * Leading digits of an answer are a number. A number that is not in the list can still be the value of an entry.
     */
    private static Optional<String> chosen(List<Choice> choices, String answer) {
        String digits = answer.replaceFirst("[^0-9].*", "");
        if (!digits.isEmpty() && digits.length() < 4) {
            int number = Integer.parseInt(digits);
            if (number >= 1 && number <= choices.size()) {
                return Optional.of(choices.get(number - 1).value());
            }
        }
        return choices.stream().map(Choice::value).filter(answer::equals).findFirst();
    }

    /**
     * Asks for y, yes, n or no. An empty answer selects the suggestion.
     *
     * @throws ToolFailure EINVAL after five invalid answers, EIO at the end of the input
     */
    public boolean yesNo(String prompt, boolean suggestion) throws ToolFailure, LinuxException {
        String question = prompt + suggested(Optional.of(suggestion ? "y" : "n")) + ": ";
        for (int i = 0; i < YES_NO_TRIES; i++) {
            switch (answer(question, prompt)) {
                case "" -> {
                    return suggestion;
                }
                case "y", "yes" -> {
                    return true;
                }
                case "n", "no" -> {
                    return false;
                }
                default -> {}
            }
        }
        throw new ToolFailure(ToolFailure.EINVAL, "\"" + prompt + "\" has no valid answer", "answer y, yes, n or no");
    }

    /**
     * Asks for the full words yes or no.
     *
     * @return empty after five invalid answers or at the end of the input
     */
    public Optional<Boolean> yesNoInFull(String question) throws LinuxException {
        for (int i = 0; i < YES_NO_TRIES; i++) {
            Optional<String> answer = terminal.ask(question);
            if (answer.isEmpty()) {
                break;
            }
            if (answer.get().equals("yes") || answer.get().equals("no")) {
                return Optional.of(answer.get().equals("yes"));
            }
        }
        return Optional.empty();
    }

    /**
     * Asks for a text. An empty answer selects the suggestion.
     *
     * @return closed by the caller
     * @throws ToolFailure EINVAL if three answers are empty and there is no suggestion, EIO at the end of the input
     */
    public Secret text(String prompt, boolean echo, Optional<String> suggestion) throws ToolFailure, LinuxException {
        String question = prompt + suggested(suggestion) + ": ";
        for (int i = 0; i < TEXT_TRIES; i++) {
            Secret answer = echo
                    ? Secret.takeBytes(answer(question, prompt).getBytes(StandardCharsets.UTF_8))
                    : terminal.askHidden(question).orElseThrow(() -> inputEnded(prompt));
            if (answer.size() > 0) {
                return answer;
            }
            answer.close();
            if (suggestion.isPresent()) {
                return Secret.takeBytes(suggestion.get().getBytes(StandardCharsets.UTF_8));
            }
            System.err.println("Wrong input, non-empty value required!");
        }
        throw new ToolFailure(ToolFailure.EINVAL, "\"" + prompt + "\" has no answer", "type a value at the prompt");
    }

    /**
     * Asks for a text and for its repetition.
     *
     * @return closed by the caller
     * @throws ToolFailure EINVAL if the answers differ, and as {@link #text} does
     */
    public Secret textTwice(String prompt, String again, boolean echo, Optional<String> suggestion)
            throws ToolFailure, LinuxException {
        Secret first = text(prompt, echo, suggestion);
        boolean same = false;
        try (Secret second = text(again, echo, suggestion)) {
            same = first.sameBytesAs(second);
        } finally {
            if (!same) {
                first.close();
            }
        }
        if (!same) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    "the answers to \"" + prompt + "\" and \"" + again + "\" differ",
                    "type the same text twice");
        }
        return first;
    }

    private String answer(String question, String what) throws ToolFailure, LinuxException {
        return terminal.ask(question).orElseThrow(() -> inputEnded(what));
    }

    private static String suggested(Optional<String> suggestion) {
        return suggestion.map(s -> " [" + s + "]").orElse("");
    }

    private static ToolFailure inputEnded(String prompt) {
        System.out.println();
        return new ToolFailure(
                ToolFailure.EIO,
                "the input ended before an answer to \"" + prompt + "\"",
                "run the command at a terminal, or give the answer as an option");
    }
}
