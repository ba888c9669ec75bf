package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Credential;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Questions.Choice;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Turns a {@code key=module:name=value:...} option into the token it stands for, asking for what is missing (spec mount.md,
 * section 3).
 */
final class MountKey {
    private final KeyModules modules;
    private final MountRequest request;
    private final Optional<Questions> questions;

    /** @param questions empty if nothing may be asked */
    MountKey(KeyModules modules, MountRequest request, Optional<Questions> questions) {
        this.modules = modules;
        this.request = request;
        this.questions = questions;
    }

    /**
     * Lets the user choose among the key modules, unless there is but one, and makes the token.
     *
     * @return closed by the caller
     */
    AuthTok chosen() throws ToolFailure, IOException {
        List<String> aliases = aliases();
        if (aliases.size() > 1 && questions.isEmpty()) {
            throw MountSettings.missing(
                    "key=", "such as key=tspi:tspi_uuid=UUID or key=passphrase:passphrase_passwd_file=FILE");
        }
        String alias = aliases.size() == 1
                ? aliases.get(0)
                : questions
                        .get()
                        .choose(
                                "Select key type to use for newly created files",
                                aliases.stream().map(Choice::of).toList(),
                                Optional.empty());
        return token(alias, List.of());
    }

    /** In the order of the C tools as distributions ship them, so that the numbers people type mean the same. */
    private List<String> aliases() {
        List<String> usual = List.of("tspi", "passphrase");
        List<String> present =
                modules.all().stream().map(KeyModule::alias).sorted().toList();
        return Stream.concat(
                        usual.stream().filter(present::contains),
                        present.stream().filter(a -> !usual.contains(a)))
                .toList();
    }

    /**
     * The token, closed by the caller.
     *
     * @throws ToolFailure if there is no such module, a parameter is unknown or missing, or the module cannot make it
     */
    AuthTok token(Option key) throws ToolFailure, IOException {
        return token(key.text(), key.parts());
    }

    private AuthTok token(String alias, List<Option> parts) throws ToolFailure, IOException {
        KeyModule module = modules.byAlias(alias)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "there is no key module named \"" + alias + "\"",
                        "use one of " + String.join(", ", aliases())));
        try (ParameterValues values = new ParameterValues()) {
            fill(values, module, parts);
            Credential credential = module.credential(values);
            return AuthTok.of(module.alias(), credential);
        } catch (KeyModuleException e) {
            throw new ToolFailure(
                    switch (e.reason()) {
                        case SERVICE_UNAVAILABLE, NOT_READY, FAILED -> ToolFailure.EIO;
                        case KEY_NOT_FOUND -> ToolFailure.ENOENT;
                        default -> ToolFailure.EINVAL;
                    },
                    e.getMessage(),
                    e.advice());
        }
    }

    private void fill(ParameterValues values, KeyModule module, List<Option> parts) throws ToolFailure, IOException {
        for (Option part : parts) {
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
        for (Parameter parameter : module.parameters()) {
            given(parameter, parts)
                    .or(() -> given(parameter, request.options(names(parameter))))
                    .flatMap(Option::value)
                    .ifPresent(value -> values.add(parameter.name(), value.copy()));
        }
        for (Parameter parameter : module.parameters()) {
            if (questions.isPresent() && isOpen(parameter, values)) {
                values.add(
                        parameter.name(),
                        questions
                                .get()
                                .text(parameter.prompt().orElseThrow(), parameter.echo(), parameter.suggestion()));
            }
        }
    }

    /** Whether it is asked for: nothing stands for it, neither given nor by default. */
    private static boolean isOpen(Parameter parameter, ParameterValues values) {
        return parameter.prompt().isPresent()
                && parameter.defaultValue().isEmpty()
                && values.secret(parameter.name()).isEmpty()
                && parameter.alternatives().stream()
                        .allMatch(name -> values.secret(name).isEmpty());
    }

    private static Optional<Option> given(Parameter parameter, List<Option> options) {
        return options.stream().filter(o -> parameter.isNamed(o.name())).findFirst();
    }

    private static String[] names(Parameter parameter) {
        String[] names = new String[parameter.aliases().size() + 1];
        names[0] = parameter.name();
        for (int i = 1; i < names.length; i++) {
            names[i] = parameter.aliases().get(i - 1);
        }
        return names;
    }
}
