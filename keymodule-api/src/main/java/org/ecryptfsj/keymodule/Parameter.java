package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One value a key module needs, as a mount option or as an answer typed at a prompt.
 *
 * @param name the option's name, such as {@code tspi_uuid}
 * @param aliases further names for it, such as {@code passwd}
 * @param prompt the text a person is asked with; empty if it is never asked for
 * @param echo whether the typed answer may be seen
 * @param defaultValue taken silently when nothing was given
 * @param suggestion offered at the prompt and taken on an empty answer
 * @param required whether the module cannot do without it (or one of {@code alternatives})
 * @param alternatives names of parameters any one of which stands in for this one
 * @param repeatable whether it may be given more than once
 * @param choices if there are any, the value is one of them and is chosen from a list
 * @param decidedBy name of a parameter with choices: only if this parameter's name is chosen there, it is asked for
 * @param confirmation the text with which the answer is asked for once more, as for a new passphrase
 */
public record Parameter(
        String name,
        List<String> aliases,
        Optional<String> prompt,
        boolean echo,
        Optional<String> defaultValue,
        Optional<String> suggestion,
        boolean required,
        List<String> alternatives,
        boolean repeatable,
        List<Choice> choices,
        Optional<String> decidedBy,
        Optional<String> confirmation) {

    /**
     * One entry of a parameter's list. A choice between ways to give something has the names of their parameters as values.
     *
     * @param value what the parameter is set to
     * @param description what it means
     */
    public record Choice(String value, String description) {
        /** @throws NullPointerException if a component is null */
        public Choice {
            Objects.requireNonNull(value);
            Objects.requireNonNull(description);
        }
    }

    /** @throws NullPointerException if a component is null */
    public Parameter {
        Objects.requireNonNull(name);
        aliases = List.copyOf(aliases);
        Objects.requireNonNull(prompt);
        Objects.requireNonNull(defaultValue);
        Objects.requireNonNull(suggestion);
        alternatives = List.copyOf(alternatives);
        choices = List.copyOf(choices);
        Objects.requireNonNull(decidedBy);
        Objects.requireNonNull(confirmation);
    }

    /** A required value, asked with its own text. */
    public static Parameter asked(String name, String prompt, boolean echo) {
        return of(name, Optional.of(prompt), echo, true, List.of());
    }

    /** A value taken when given, never asked for. */
    public static Parameter optional(String name) {
        return of(name, Optional.empty(), true, false, List.of());
    }

    /** A value chosen from a list, unless it is given or one of the parameters that stand in for it is. */
    public static Parameter chosen(String name, String title, Choice... choices) {
        return of(name, Optional.of(title), true, false, List.of(choices));
    }

    private static Parameter of(
            String name, Optional<String> prompt, boolean echo, boolean required, List<Choice> choices) {
        return new Parameter(
                name,
                List.of(),
                prompt,
                echo,
                Optional.empty(),
                Optional.empty(),
                required,
                List.of(),
                false,
                choices,
                Optional.empty(),
                Optional.empty());
    }

    /** The same with further names. */
    public Parameter withAliases(String... more) {
        return new Parameter(
                name,
                List.of(more),
                prompt,
                echo,
                defaultValue,
                suggestion,
                required,
                alternatives,
                repeatable,
                choices,
                decidedBy,
                confirmation);
    }

    /** The same with parameters that stand in for it. */
    public Parameter withAlternatives(String... names) {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                defaultValue,
                suggestion,
                required,
                List.of(names),
                repeatable,
                choices,
                decidedBy,
                confirmation);
    }

    /** The same with a value taken silently when nothing was given. */
    public Parameter withDefault(String value) {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                Optional.of(value),
                suggestion,
                required,
                alternatives,
                repeatable,
                choices,
                decidedBy,
                confirmation);
    }

    /** The same with a value offered at the prompt. */
    public Parameter withSuggestion(String value) {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                defaultValue,
                Optional.of(value),
                required,
                alternatives,
                repeatable,
                choices,
                decidedBy,
                confirmation);
    }

    /** The same, may be given more than once. */
    public Parameter manyTimes() {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                defaultValue,
                suggestion,
                required,
                alternatives,
                true,
                choices,
                decidedBy,
                confirmation);
    }

    /** The same, asked for only if its name is what was chosen there. */
    public Parameter ifChosenBy(String choosing) {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                defaultValue,
                suggestion,
                required,
                alternatives,
                repeatable,
                choices,
                Optional.of(choosing),
                confirmation);
    }

    /** The same, asked for twice, the second time with that text; the answers must be equal. */
    public Parameter withConfirmation(String secondPrompt) {
        return new Parameter(
                name,
                aliases,
                prompt,
                echo,
                defaultValue,
                suggestion,
                required,
                alternatives,
                repeatable,
                choices,
                decidedBy,
                Optional.of(secondPrompt));
    }

    /** Whether an option of that name means this parameter. */
    public boolean isNamed(String option) {
        return name.equals(option) || aliases.contains(option);
    }

    /** All names it may be given under. */
    public List<String> names() {
        return Stream.concat(Stream.of(name), aliases.stream()).toList();
    }
}
