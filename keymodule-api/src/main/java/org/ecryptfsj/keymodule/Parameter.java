package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A value that a key module needs, given as a mount option or typed at a prompt.
 *
 * @param name name of the option, such as {@code tspi_uuid}
 * @param aliases further names of the option, such as {@code passwd}
 * @param prompt text of the prompt; empty if there is never a prompt for the value
 * @param echo whether the typed value is shown
 * @param defaultValue value that is used when none is given
 * @param suggestion value that is offered at the prompt and used for an empty answer
 * @param required whether the module needs this value, or one of {@code alternatives}
 * @param alternatives names of parameters, each of which replaces this one
 * @param repeatable whether it may be given more than once
 * @param choices the possible values, shown as a list; empty if any value is possible
 * @param decidedBy name of a parameter with choices: there is a prompt for this one only if its name was chosen there
 * @param confirmation text of a second prompt for the same value, as for a new passphrase; empty if there is none
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
     * One entry of a parameter's list. In a choice between several parameters, the values are their names.
     *
     * @param value value of the parameter
     * @param description text in the list
     */
    public record Choice(String value, String description) {
        /**
         * Checks the components.
         *
         * @param value value of the parameter
         * @param description text in the list
         * @throws NullPointerException if a component is null
         */
        public Choice {
            Objects.requireNonNull(value);
            Objects.requireNonNull(description);
        }
    }

    /**
     * Checks the components and copies the lists.
     *
     * @param name name of the option
     * @param aliases further names of the option
     * @param prompt text of the prompt
     * @param echo whether the typed value is shown
     * @param defaultValue value that is used when none is given
     * @param suggestion value that is used for an empty answer
     * @param required whether the module needs this value
     * @param alternatives names of parameters, each of which replaces this one
     * @param repeatable whether it may be given more than once
     * @param choices the possible values
     * @param decidedBy name of the parameter where this one is chosen
     * @param confirmation text of the second prompt
     * @throws NullPointerException if a component is null
     */
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

    /**
     * A required value, with a prompt if it is not given.
     *
     * @param name name of the option
     * @param prompt text of the prompt
     * @param echo whether the typed value is shown
     * @return the parameter
     */
    public static Parameter asked(String name, String prompt, boolean echo) {
        return of(name, Optional.of(prompt), echo, true, List.of());
    }

    /**
     * An optional value without a prompt.
     *
     * @param name name of the option
     * @return the parameter
     */
    public static Parameter optional(String name) {
        return of(name, Optional.empty(), true, false, List.of());
    }

    /**
     * A value chosen from a list, if neither it nor one of its alternatives is given.
     *
     * @param name name of the option
     * @param title title of the list
     * @param choices entries of the list
     * @return the parameter
     */
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

    /**
     * The same with further names.
     *
     * @param more the names
     * @return a new parameter
     */
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

    /**
     * The same with alternatives.
     *
     * @param names names of parameters, each of which replaces this one
     * @return a new parameter
     */
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

    /**
     * The same with a default value.
     *
     * @param value value that is used when none is given
     * @return a new parameter
     */
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

    /**
     * The same with a suggestion.
     *
     * @param value value that is offered at the prompt and used for an empty answer
     * @return a new parameter
     */
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

    /**
     * The same, but it may be given more than once.
     *
     * @return a new parameter
     */
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

    /**
     * The same, but with a prompt only if its name was chosen at another parameter.
     *
     * @param choosing name of that parameter
     * @return a new parameter
     */
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

    /**
     * The same, but with two prompts, whose answers must be equal.
     *
     * @param secondPrompt text of the second prompt
     * @return a new parameter
     */
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

    /**
     * Whether an option means this parameter.
     *
     * @param option name of the option
     * @return whether it is the name or an alias
     */
    public boolean isNamed(String option) {
        return name.equals(option) || aliases.contains(option);
    }

    /**
     * The name and the aliases.
     *
     * @return all names, the name first
     */
    public List<String> names() {
        return Stream.concat(Stream.of(name), aliases.stream()).toList();
    }
}
