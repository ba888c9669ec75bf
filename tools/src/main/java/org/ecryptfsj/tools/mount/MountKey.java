package org.ecryptfsj.tools.mount;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.Credential;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.ToolFailure;

/** Turns a {@code key=module:name=value:...} option into the token it stands for. */
final class MountKey {
    private final KeyModules modules;
    private final MountRequest request;

    MountKey(KeyModules modules, MountRequest request) {
        this.modules = modules;
        this.request = request;
    }

    /**
     * The token, closed by the caller.
     *
     * @throws ToolFailure if there is no such module, a parameter is unknown or missing, or the module cannot make it
     */
    AuthTok token(Option key) throws ToolFailure {
        KeyModule module = modules.byAlias(key.text())
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "there is no key module named \"" + key.text() + "\"",
                        "use one of "
                                + modules.all().stream().map(KeyModule::alias).collect(Collectors.joining(", "))));
        try (ParameterValues values = values(module, key)) {
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

    private ParameterValues values(KeyModule module, Option key) throws ToolFailure {
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
        ParameterValues values = new ParameterValues();
        for (Parameter parameter : module.parameters()) {
            given(parameter, key.parts())
                    .or(() -> given(parameter, request.options(names(parameter))))
                    .flatMap(Option::value)
                    .ifPresent(value -> values.add(parameter.name(), value.copy()));
        }
        return values;
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
