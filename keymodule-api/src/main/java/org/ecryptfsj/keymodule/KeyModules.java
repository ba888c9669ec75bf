package org.ecryptfsj.keymodule;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.ecryptfsj.tree.Trust;

/**
 * The key modules of this process, by alias: those on the class path, then those in the jars of a module directory. If two have
 * the same alias, the first is used.
 */
public final class KeyModules implements AutoCloseable {
    private final Map<String, KeyModule> byAlias;
    private final List<String> problems;
    private final Optional<URLClassLoader> loader;

    private KeyModules(Map<String, KeyModule> byAlias, List<String> problems, Optional<URLClassLoader> loader) {
        this.byAlias = byAlias;
        this.problems = problems;
        this.loader = loader;
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
        List<URL> jars =
                directory.isPresent() && Files.isDirectory(directory.get()) ? jarsIn(directory.get()) : List.of();
        ClassLoader own = KeyModules.class.getClassLoader();
        Optional<URLClassLoader> loader = jars.isEmpty()
                ? Optional.empty()
                : Optional.of(new URLClassLoader("key-modules", jars.toArray(new URL[0]), own));
        Map<String, KeyModule> byAlias = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        var found = ServiceLoader.load(
                        KeyModule.class, loader.<ClassLoader>map(l -> l).orElse(own))
                .iterator();
        while (true) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                KeyModule module = found.next();
                if (byAlias.putIfAbsent(module.alias(), module) != null) {
                    problems.add("a second key module named " + module.alias() + " ("
                            + module.getClass().getName() + ") is ignored");
                    module.close();
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                problems.add("a key module cannot be loaded: " + e.getMessage());
            }
        }
        return new KeyModules(byAlias, List.copyOf(problems), loader);
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
        loader.ifPresent(l -> {
            try {
                l.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<URL> jarsIn(Path directory) throws IOException {
        try {
            Trust.requireOnlyOwnerMayWrite(directory);
            List<Path> jars = list(directory);
            if (jars.isEmpty()) {
                return List.of();
            }
            Trust.requireTrustedPath(directory);
            List<URL> urls = new ArrayList<>();
            for (Path jar : jars) {
                urls.add(url(Trust.requireTrustedPath(jar)));
            }
            return urls;
        } catch (IOException e) {
            throw new IOException("key modules are not loaded from " + directory + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(jar.toString(), e);
        }
    }
}
