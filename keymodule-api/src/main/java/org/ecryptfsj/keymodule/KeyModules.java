package org.ecryptfsj.keymodule;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The key modules of this process, by alias: those on the class path, then those in the jars of a module directory. If two have
 * the same alias, the first is used.
 */
public final class KeyModules implements AutoCloseable {
    private static final ServiceProviders.Service<KeyModule> SERVICE =
            new ServiceProviders.Service<>(KeyModule.class, "key module", KeyModule::alias, KeyModule::close);

    private final Map<String, KeyModule> byAlias;
    private final List<String> problems;
    private final Optional<ServiceProviders<KeyModule>> providers;

    private KeyModules(
            Map<String, KeyModule> byAlias, List<String> problems, Optional<ServiceProviders<KeyModule>> providers) {
        this.byAlias = byAlias;
        this.problems = problems;
        this.providers = providers;
    }

    /**
     * The given modules and no others.
     *
     * @param modules the modules; closed with the result
     * @return the modules, closed by the caller
     */
    public static KeyModules of(KeyModule... modules) {
        Map<String, KeyModule> byAlias = new LinkedHashMap<>();
        for (KeyModule module : modules) {
            byAlias.put(module.alias(), module);
        }
        return new KeyModules(byAlias, List.of(), Optional.empty());
    }

    /**
     * Finds the modules. A module that cannot be loaded is left out and named in {@link #problems()}.
     *
     * @param directory directory of further jars, or empty; it need not exist
     * @return the modules, closed by the caller
     * @throws IOException if the directory exists and cannot be read, or if other users can write to it
     */
    public static KeyModules discover(Optional<Path> directory) throws IOException {
        ServiceProviders<KeyModule> found = ServiceProviders.discover(SERVICE, directory);
        return new KeyModules(found.byName(), found.problems(), Optional.of(found));
    }

    /**
     * The module with an alias.
     *
     * @param alias the whole alias
     * @return the module; empty if there is none
     */
    public Optional<KeyModule> byAlias(String alias) {
        return Optional.ofNullable(byAlias.get(alias));
    }

    /**
     * All modules.
     *
     * @return the modules, in the order in which they were found
     */
    public Collection<KeyModule> all() {
        return List.copyOf(byAlias.values());
    }

    /** Whether modules were looked for in jars of the module directory. */
    public boolean haveFurther() {
        return providers.isPresent() && providers.get().haveFurther();
    }

    /**
     * The modules that could not be loaded.
     *
     * @return one sentence each, for the log
     */
    public List<String> problems() {
        return problems;
    }

    @Override
    public void close() {
        byAlias.values().forEach(KeyModule::close);
        providers.ifPresent(ServiceProviders::close);
    }
}
