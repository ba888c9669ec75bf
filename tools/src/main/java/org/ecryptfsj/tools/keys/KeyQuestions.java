package org.ecryptfsj.tools.keys;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.options.OptionList.Option;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Questions.Choice;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The key part of the mount dialogue: the choice of the key module and its parameters (docs/spec/mount.md, section 3).
 * Prompts for parameters that are not given, if questions are allowed.
 */
public final class KeyQuestions {
    private final KeyModules modules;
    private final Optional<Questions> questions;

    /** @param questions empty if questions are not allowed */
    public KeyQuestions(KeyModules modules, Optional<Questions> questions) {
        this.modules = modules;
        this.questions = questions;
    }

    /** A source of given parameter values, such as the options of a command line. */
    @FunctionalInterface
    public interface ParameterSource {
        /** No given values: there is a prompt for each parameter. */
        ParameterSource NOTHING = parameter -> Optional.empty();

        /** The value of a parameter; it remains the property of the source. */
        Optional<Secret> value(Parameter parameter);
    }

    /**
     * The modules' aliases in the order of the C tools in distributions, so that list numbers have the same meaning.
     */
    public List<String> aliases() {
        List<String> cOrder = List.of("tspi", "passphrase");
        List<String> present =
                modules.all().stream().map(KeyModule::alias).sorted().toList();
        return Stream.concat(
                        cOrder.stream().filter(present::contains),
                        present.stream().filter(a -> !cOrder.contains(a)))
                .toList();
    }

    /** @throws ToolFailure if there is no module with this alias */
    public KeyModule module(String alias) throws ToolFailure {
        return modules.byAlias(alias)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "unknown key module \"" + alias + "\"",
                        "use one of " + String.join(", ", aliases())));
    }

    /**
     * Asks which key module to use, unless there is only one.
     *
     * @return empty if there are several modules and questions are not allowed
     * @throws ToolFailure if there is no module
     */
    public Optional<KeyModule> choose() throws ToolFailure, IOException {
        return choose("Select key type to use for newly created files", aliases());
    }

    /**
     * Asks which module creates the key. Modules with questions of their own come first; a single one is used without
     * asking, as in the C tool.
     *
     * @throws ToolFailure if no module can create keys, or questions are not allowed
     */
    public KeyModule chooseGenerator() throws ToolFailure, IOException {
        List<String> generating = aliases().stream()
                .filter(a -> modules.byAlias(a).flatMap(KeyModule::generator).isPresent())
                .toList();
        List<String> asking = generating.stream()
                .filter(a -> modules.byAlias(a).flatMap(KeyModule::generator).stream()
                        .flatMap(g -> g.parameters().stream())
                        .anyMatch(p -> p.prompt().isPresent()))
                .toList();
        if (generating.isEmpty()) {
            throw new ToolFailure(
                    1, "no installed key module can create keys", "install one that can, such" + " as openssl");
        }
        return choose("Select key type to generate", asking.size() == 1 ? asking : generating)
                .orElseThrow(() -> new ToolFailure(ToolFailure.EINVAL, "no key type was selected", "select one"));
    }

    private Optional<KeyModule> choose(String title, List<String> candidates) throws ToolFailure, IOException {
        if (candidates.isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EINVAL, "no key module is installed", "reinstall ecryptfsj: its modules are missing");
        }
        if (candidates.size() == 1) {
            return Optional.of(module(candidates.get(0)));
        }
        if (questions.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(module(questions
                .get()
                .choose(title, candidates.stream().map(Choice::of).toList(), Optional.empty())));
    }

    /** Creates the token of a module's key.
     *
     * @return to be closed by the caller
     * @throws ToolFailure if the module fails, or a question has no answer
     */
    public AuthTok token(KeyModule module, ParameterSource given) throws ToolFailure, IOException {
        try (ParameterValues values = values(module.parameters(), given)) {
            return AuthTok.of(module.alias(), module.tokenContents(values));
        } catch (KeyModuleException e) {
            throw failure(e);
        }
    }

    /**
     * Creates the token for {@code key=module:name=value:...}.
     *
     * @param key the option; its value is the module's alias
     * @param fallback source of the values that the option does not contain
     * @return to be closed by the caller
     * @throws ToolFailure if there is no such module or parameter, or as {@link #token(KeyModule, ParameterSource)}
     */
    public AuthTok token(Option key, ParameterSource fallback) throws ToolFailure, IOException {
        KeyModule module = module(key.text());
        for (Option part : key.parts()) {
            if (module.parameters().stream().noneMatch(p -> p.isNamed(part.name()))) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "key module " + module.alias() + " has no parameter \"" + part.name() + "\"",
                        "use one of "
                                + module.parameters().stream()
                                        .map(Parameter::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
        return token(module, parameter -> key.parts().stream()
                .filter(part -> parameter.isNamed(part.name()))
                .findFirst()
                .flatMap(Option::value)
                .or(() -> fallback.value(parameter)));
    }

    /** Creates a new key.
     *
     * @throws ToolFailure if the module fails, or a question has no answer
     */
    public GeneratedKey generate(KeyModule module) throws ToolFailure, IOException {
        KeyGenerator generator = module.generator()
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "key module " + module.alias() + " cannot create keys",
                        "select another one"));
        try (ParameterValues values = values(generator.parameters(), ParameterSource.NOTHING)) {
            return generator.generate(values);
        } catch (KeyModuleException e) {
            throw failure(e);
        }
    }

    /** The failure with the exit code of the C tools. */
    public static ToolFailure failure(KeyModuleException e) {
        return new ToolFailure(
                switch (e.reason()) {
                    case SERVICE_UNAVAILABLE, NOT_READY, FAILED -> ToolFailure.EIO;
                    case KEY_NOT_FOUND -> ToolFailure.ENOENT;
                    default -> ToolFailure.EINVAL;
                },
                e.getMessage(),
                e.advice());
    }

    private ParameterValues values(List<Parameter> parameters, ParameterSource given)
            throws ToolFailure, LinuxException {
        ParameterValues values = new ParameterValues();
        boolean complete = false;
        try {
            for (Parameter parameter : parameters) {
                given.value(parameter).ifPresent(value -> values.add(parameter.name(), value.copy()));
                requireValidChoice(parameter, values);
            }
            for (Parameter parameter : parameters) {
                if (questions.isPresent() && mustBeAsked(parameter, values)) {
                    values.add(parameter.name(), answer(parameter, questions.get()));
                }
            }
            complete = true;
            return values;
        } finally {
            if (!complete) {
                values.close();
            }
        }
    }

    private static void requireValidChoice(Parameter parameter, ParameterValues values) throws ToolFailure {
        if (parameter.choices().isEmpty() || values.text(parameter.name()).isEmpty()) {
            return;
        }
        String value = values.text(parameter.name()).get();
        if (parameter.choices().stream().noneMatch(c -> c.value().equals(value))) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    parameter.name() + " cannot be \"" + value + "\"",
                    "use one of "
                            + parameter.choices().stream()
                                    .map(Parameter.Choice::value)
                                    .collect(Collectors.joining(", ")));
        }
    }

    /** Whether the parameter has neither a value nor a default, and no alternative was given or selected. */
    private static boolean mustBeAsked(Parameter parameter, ParameterValues values) {
        return parameter.prompt().isPresent()
                && parameter.defaultValue().isEmpty()
                && values.secret(parameter.name()).isEmpty()
                && parameter.alternatives().stream()
                        .allMatch(name -> values.secret(name).isEmpty())
                && parameter
                        .decidedBy()
                        .map(choice -> values.text(choice).equals(Optional.of(parameter.name())))
                        .orElse(true);
    }

    private static Secret answer(Parameter parameter, Questions questions) throws ToolFailure, LinuxException {
        String prompt = parameter.prompt().orElseThrow();
        if (!parameter.choices().isEmpty()) {
            return Secret.takeChars(questions
                    .choose(
                            prompt,
                            parameter.choices().stream()
                                    .map(c -> new Choice(c.value(), c.value() + ": " + c.description()))
                                    .toList(),
                            parameter.suggestion())
                    .toCharArray());
        }
        return parameter.confirmation().isEmpty()
                ? questions.text(prompt, parameter.echo(), parameter.suggestion())
                : questions.textTwice(prompt, parameter.confirmation().get(), parameter.echo(), parameter.suggestion());
    }
}
