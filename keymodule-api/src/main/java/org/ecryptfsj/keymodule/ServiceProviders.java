package org.ecryptfsj.keymodule;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.Function;
import org.ecryptfsj.tree.Trust;

/**
 * The implementations of one service, by name: those on the class path, then those in the jars of a directory. The first of a
 * name is used.
 *
 * @param <S> the service's interface
 */
public final class ServiceProviders<S> implements AutoCloseable {
    /**
     * The property with a directory that has, for each service, a file named as its interface: a line for each implementation on the
     * class path. Made when the program is packaged; reading it takes less time than looking into each jar.
     */
    static final String INDEX = "ecryptfsj.providers";

    private final Map<String, S> byName;
    private final List<String> problems;
    private final Optional<URLClassLoader> loader;

    private ServiceProviders(Map<String, S> byName, List<String> problems, Optional<URLClassLoader> loader) {
        this.byName = byName;
        this.problems = problems;
        this.loader = loader;
    }

    /**
     * The name of a service, and how its implementations are named and closed.
     *
     * @param type its interface
     * @param noun what one implementation is called in messages, such as {@code key module}
     * @param name returns the name of an implementation
     * @param close closes an implementation that is not used
     */
    public record Service<S>(Class<S> type, String noun, Function<S, String> name, Consumer<S> close) {}

    /**
     * Finds the implementations. One that cannot be loaded is left out and named in {@link #problems()}.
     *
     * @param directory further jars, or empty; a directory that does not exist holds none
     * @throws IOException if the directory exists but cannot be read, or if others could have put something in it
     */
    public static <S> ServiceProviders<S> discover(Service<S> service, Optional<Path> directory) throws IOException {
        List<URL> jars = directory.isPresent() && Files.isDirectory(directory.get())
                ? jarsIn(directory.get(), service.noun())
                : List.of();
        ClassLoader own = ServiceProviders.class.getClassLoader();
        Optional<Path> index = jars.isEmpty() ? index(service.type()) : Optional.empty();
        Optional<URLClassLoader> loader = jars.isEmpty()
                ? Optional.empty()
                : Optional.of(new URLClassLoader(service.noun() + "s", jars.toArray(new URL[0]), own));
        Iterator<S> found = index.isPresent()
                ? new IndexedProviders<>(service.type(), Files.readAllLines(index.get()))
                : ServiceLoader.load(
                                service.type(), loader.<ClassLoader>map(l -> l).orElse(own))
                        .iterator();
        Map<String, S> byName = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        while (true) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                S provider = found.next();
                String name = service.name().apply(provider);
                if (byName.putIfAbsent(name, provider) != null) {
                    problems.add("a second " + service.noun() + " named " + name + " ("
                            + provider.getClass().getName() + ") is ignored");
                    service.close().accept(provider);
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                problems.add("a " + service.noun() + " cannot be loaded: " + e.getMessage());
            }
        }
        return new ServiceProviders<>(byName, List.copyOf(problems), loader);
    }

    private static Optional<Path> index(Class<?> type) {
        return Optional.ofNullable(System.getProperty(INDEX))
                .map(directory -> Path.of(directory, type.getName()))
                .filter(Files::isReadable);
    }

    /** By their names, in the order found. */
    public Map<String, S> byName() {
        return byName;
    }

    /** Whether there were jars in the directory. */
    public boolean haveFurther() {
        return loader.isPresent();
    }

    /** What could not be loaded, as sentences for the log. */
    public List<String> problems() {
        return problems;
    }

    /** Closes the jars; the implementations are closed by who uses them, before. */
    @Override
    public void close() {
        loader.ifPresent(l -> {
            try {
                l.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<URL> jarsIn(Path directory, String noun) throws IOException {
        try {
            Trust.requireOnlyOwnerMayWrite(directory);
            List<Path> jars = named(directory);
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
            throw new IOException(noun + "s are not loaded from " + directory + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> named(Path directory) throws IOException {
        String[] names = directory.toFile().list((in, name) -> name.endsWith(".jar"));
        if (names == null) {
            throw new IOException("it cannot be read");
        }
        Arrays.sort(names);
        List<Path> jars = new ArrayList<>();
        for (String name : names) {
            jars.add(directory.resolve(name));
        }
        return jars;
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(jar.toString(), e);
        }
    }
}
