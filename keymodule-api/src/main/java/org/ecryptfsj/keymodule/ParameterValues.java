package org.ecryptfsj.keymodule;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values of a module's parameters, by the parameters' names (not aliases). They are kept as secrets; closing this closes
 * them all.
 */
public final class ParameterValues implements AutoCloseable {
    private final Map<String, List<Secret>> values = new LinkedHashMap<>();

    /** Adds a value, which is owned by this from now on. */
    public ParameterValues add(String name, Secret value) {
        values.computeIfAbsent(name, unused -> new ArrayList<>()).add(value);
        return this;
    }

    /** Adds a value that is not secret. */
    public ParameterValues add(String name, String value) {
        return add(name, Secret.takeBytes(value.getBytes(StandardCharsets.UTF_8)));
    }

    /** The first value of that name, owned by this. */
    public Optional<Secret> secret(String name) {
        return values.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The first value of that name as text. Only for parameters that are not secret. */
    public Optional<String> text(String name) {
        return texts(name).stream().findFirst();
    }

    /** All values of that name as text, in the order given. Only for parameters that are not secret. */
    public List<String> texts(String name) {
        return values.getOrDefault(name, List.of()).stream()
                .map(value -> StandardCharsets.UTF_8.decode(value.buffer()).toString())
                .toList();
    }

    @Override
    public void close() {
        values.values().forEach(all -> all.forEach(Secret::close));
        values.clear();
    }

    /** The names only. */
    @Override
    public String toString() {
        return "ParameterValues" + values.keySet();
    }
}
