package org.ecryptfsj.keymodule;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values of a module's parameters, by the parameters' names (not their aliases). They are held as secrets, and {@link #close()}
 * closes all of them.
 */
public final class ParameterValues implements AutoCloseable {
    private final Map<String, List<Secret>> values = new LinkedHashMap<>();

    /** No values yet. */
    public ParameterValues() {}

    /**
     * Adds a secret value and takes it over: it is closed with this.
     *
     * @param name name of the parameter
     * @param value the value
     * @return this
     */
    public ParameterValues add(String name, Secret value) {
        values.computeIfAbsent(name, unused -> new ArrayList<>()).add(value);
        return this;
    }

    /**
     * Adds a value that is not secret.
     *
     * @param name name of the parameter
     * @param value the value
     * @return this
     */
    public ParameterValues add(String name, String value) {
        return add(name, Secret.takeBytes(value.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The first value of a parameter.
     *
     * @param name name of the parameter
     * @return the value, still owned by this; empty if there is none
     */
    public Optional<Secret> secret(String name) {
        return values.getOrDefault(name, List.of()).stream().findFirst();
    }

    /**
     * The first value of a parameter, as text. Only for parameters that are not secret.
     *
     * @param name name of the parameter
     * @return the value; empty if there is none
     */
    public Optional<String> text(String name) {
        return texts(name).stream().findFirst();
    }

    /**
     * All values of a parameter, as text. Only for parameters that are not secret.
     *
     * @param name name of the parameter
     * @return the values, in the order in which they were added
     */
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
