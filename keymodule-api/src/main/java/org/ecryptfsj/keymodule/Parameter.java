package org.ecryptfsj.keymodule;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

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
        boolean repeatable) {

    /** @throws NullPointerException if a component is null */
    public Parameter {
        Objects.requireNonNull(name);
        aliases = List.copyOf(aliases);
        Objects.requireNonNull(prompt);
        Objects.requireNonNull(defaultValue);
        Objects.requireNonNull(suggestion);
        alternatives = List.copyOf(alternatives);
    }

    /** A required value, asked with its own text. */
    public static Parameter asked(String name, String prompt, boolean echo) {
        return new Parameter(
                name, List.of(), Optional.of(prompt), echo, Optional.empty(), Optional.empty(), true, List.of(), false);
    }

    /** A value taken when given, never asked for. */
    public static Parameter optional(String name) {
        return new Parameter(
                name, List.of(), Optional.empty(), true, Optional.empty(), Optional.empty(), false, List.of(), false);
    }

    /** The same with further names. */
    public Parameter withAliases(String... more) {
        return new Parameter(
                name, List.of(more), prompt, echo, defaultValue, suggestion, required, alternatives, repeatable);
    }

    /** The same with parameters that stand in for it. */
    public Parameter withAlternatives(String... names) {
        return new Parameter(
                name, aliases, prompt, echo, defaultValue, suggestion, required, List.of(names), repeatable);
    }

    /** The same with a value taken silently when nothing was given. */
    public Parameter withDefault(String value) {
        return new Parameter(
                name, aliases, prompt, echo, Optional.of(value), suggestion, required, alternatives, repeatable);
    }

    /** The same with a value offered at the prompt. */
    public Parameter withSuggestion(String value) {
        return new Parameter(
                name, aliases, prompt, echo, defaultValue, Optional.of(value), required, alternatives, repeatable);
    }

    /** The same, may be given more than once. */
    public Parameter manyTimes() {
        return new Parameter(name, aliases, prompt, echo, defaultValue, suggestion, required, alternatives, true);
    }

    /** Whether an option of that name means this parameter. */
    public boolean isNamed(String option) {
        return name.equals(option) || aliases.contains(option);
    }
}
