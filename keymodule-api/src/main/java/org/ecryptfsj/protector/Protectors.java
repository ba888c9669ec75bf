package org.ecryptfsj.protector;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.ServiceProviders;

/**
 * The protectors of this process, by type: those on the class path, then those in the jars of the module directory. The first
 * of a type is used.
 */
public final class Protectors implements AutoCloseable {
    private static final ServiceProviders.Service<Protector> SERVICE =
            new ServiceProviders.Service<>(Protector.class, "protector", Protector::type, Protector::close);

    private final Map<String, Protector> byType;
    private final List<String> problems;
    private final Optional<ServiceProviders<Protector>> providers;

    private Protectors(
            Map<String, Protector> byType, List<String> problems, Optional<ServiceProviders<Protector>> providers) {
        this.byType = byType;
        this.problems = problems;
        this.providers = providers;
    }

    /** These protectors and no others. */
    public static Protectors of(Protector... protectors) {
        Map<String, Protector> byType = new LinkedHashMap<>();
        for (Protector protector : protectors) {
            byType.put(protector.type(), protector);
        }
        return new Protectors(byType, List.of(), Optional.empty());
    }

    /**
     * Finds the protectors. One that cannot be loaded is left out and named in {@link #problems()}.
     *
     * @param directory further jars, or empty; a directory that does not exist holds none
     * @throws IOException if the directory exists but cannot be read, or if others could have put something in it
     */
    public static Protectors load(Optional<Path> directory) throws IOException {
        ServiceProviders<Protector> found = ServiceProviders.discover(SERVICE, directory);
        return new Protectors(found.byName(), found.problems(), Optional.of(found));
    }

    /** The protector of exactly that type. */
    public Optional<Protector> byType(String type) {
        return Optional.ofNullable(byType.get(type));
    }

    /** All protectors, in the order found. */
    public Collection<Protector> all() {
        return List.copyOf(byType.values());
    }

    /** What could not be loaded, as sentences for the log. */
    public List<String> problems() {
        return problems;
    }

    @Override
    public void close() {
        byType.values().forEach(Protector::close);
        providers.ifPresent(ServiceProviders::close);
    }
}
