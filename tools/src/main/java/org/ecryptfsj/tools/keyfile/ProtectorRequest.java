package org.ecryptfsj.tools.keyfile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.SecretArguments;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * A protector that is to be added.
 *
 * @param type of the protector
 * @param values of its parameters, none of them secret
 */
record ProtectorRequest(String type, Map<String, String> values) {
    ProtectorRequest {
        values = Map.copyOf(values);
    }

    /**
     * Reads {@code TYPE[:NAME=VALUE[,NAME=VALUE]...]}. A part without {@code =} belongs to the value before it, as in
     * {@code tspi_pcr=0,2}.
     *
     * @throws ToolFailure if it is something else
     */
    static ProtectorRequest parse(String text) throws ToolFailure {
        int colon = text.indexOf(':');
        Map<String, String> values = new LinkedHashMap<>();
        String name = "";
        for (String part : (colon < 0 ? "" : text.substring(colon + 1)).split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                name = part.substring(0, equals);
                values.put(name, part.substring(equals + 1));
            } else if (!name.isEmpty()) {
                values.merge(name, part, (before, more) -> before + "," + more);
            } else if (colon >= 0) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "--protector: \"" + part + "\" has no name",
                        "write TYPE:NAME=VALUE,NAME=VALUE");
            }
        }
        return new ProtectorRequest(colon < 0 ? text : text.substring(0, colon), values);
    }

    /**
     * The protector that it asks for.
     *
     * @throws ToolFailure if it is not installed
     */
    Protector protector(Protectors installed) throws ToolFailure {
        return installed
                .byType(type)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EINVAL,
                        "protectors of type \"" + type + "\" are not installed",
                        "the types are "
                                + installed.all().stream()
                                        .map(Protector::type)
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    /**
     * Its values, for the protector.
     *
     * @return closed by the caller
     * @throws ToolFailure if the protector has no such parameter, or a value would be a secret
     */
    ParameterValues values(Protector protector) throws ToolFailure {
        ParameterValues checked = new ParameterValues();
        for (Map.Entry<String, String> value : values.entrySet()) {
            Optional<Parameter> parameter = protector.parameters().stream()
                    .filter(known -> known.isNamed(value.getKey()))
                    .findFirst();
            if (parameter.isEmpty()) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "protectors of type " + type + " have no parameter \"" + value.getKey() + "\"",
                        "the parameters are "
                                + protector.parameters().stream()
                                        .map(Parameter::name)
                                        .toList());
            }
            if (!parameter.get().echo() || SecretArguments.isSecret(value.getKey())) {
                throw new ToolFailure(
                        ToolFailure.EINVAL,
                        "the parameter \"" + value.getKey() + "\" is a secret, and other users can read arguments",
                        "leave it out: it is asked for, or read from standard input");
            }
            checked.add(parameter.get().name(), value.getValue());
        }
        return checked;
    }
}
