package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.OptionList.Option;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;

/**
 * Turns a {@code key=module:name=value:...} option into the token it stands for, asking for what is missing (spec mount.md,
 * section 3).
 */
final class MountKey {
    private final KeyQuestions keys;
    private final MountRequest request;

    /** @param questions empty if nothing may be asked */
    MountKey(KeyModules modules, MountRequest request, Optional<Questions> questions) {
        this.keys = new KeyQuestions(modules, questions);
        this.request = request;
    }

    /**
     * Lets the user choose among the key modules, unless there is but one, and makes the token.
     *
     * @return closed by the caller
     */
    AuthTok chosen() throws ToolFailure, IOException {
        KeyModule module = keys.choose()
                .orElseThrow(() -> MountSettings.missing(
                        "key=", "such as key=tspi:tspi_uuid=UUID or key=passphrase:passphrase_passwd_file=FILE"));
        return token(module, List.of());
    }

    /**
     * The token, closed by the caller.
     *
     * @throws ToolFailure if there is no such module, a parameter is unknown or missing, or the module cannot make it
     */
    AuthTok token(Option key) throws ToolFailure, IOException {
        return token(keys.module(key.text()), key.parts());
    }

    private AuthTok token(KeyModule module, List<Option> parts) throws ToolFailure, IOException {
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
        return keys.token(module, parameter -> given(parameter, parts)
                .or(() -> given(parameter, request.options(parameter.names().toArray(new String[0]))))
                .flatMap(Option::value));
    }

    private static Optional<Option> given(Parameter parameter, List<Option> options) {
        return options.stream().filter(o -> parameter.isNamed(o.name())).findFirst();
    }
}
