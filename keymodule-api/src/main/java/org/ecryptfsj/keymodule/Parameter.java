package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A parameter of a key module, given as a mount option or typed at a prompt.
 *
 * @param name the option's name, such as {@code tspi_uuid}
 * @param aliases further names for it, such as {@code passwd}
 * @param prompt the text of the prompt; empty if there is no prompt
 * @param echo whether the typed answer is shown
 * @param defaultValue used without a prompt if no value is given
 * @param suggestion shown at the prompt and used for an empty answer
 * @param required whether the module needs it or one of {@code alternatives}
 * @param alternatives names of parameters that can be given instead of this one
 * @param repeatable whether it may be given more than once
 * @param choices if not empty, the values to choose from
 * @param decidedBy name of a parameter with choices: this parameter is prompted for only if its name is chosen there
 * @param confirmation the text of a second prompt for the same value, as for a new passphrase
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
     * One entry of a parameter's choices. If the choice is between several parameters, the values are their names.
     *
     * @param value the parameter's value
     * @param description its meaning
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

    /** A required value with a prompt. */
    public static Parameter asked(String name, String prompt, boolean echo) {
        return of(name, Optional.of(prompt), echo, true, List.of());
    }

    /** An optional value without a prompt. */
    public static Parameter optional(String name) {
        return of(name, Optional.empty(), true, false, List.of());
    }

    /** A value chosen from a list, unless it or one of its alternatives is given. */
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

    /** The same with parameters that can be given instead. */
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

    /** The same with a default value. */
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

    /** The same with a value shown at the prompt. */
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

    /** The same, which may be given more than once. */
    public Parameter repeated() {
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

    /** The same, prompted for only if its name is chosen there. */
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

    /** The same with a second prompt; both answers must be equal. */
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
