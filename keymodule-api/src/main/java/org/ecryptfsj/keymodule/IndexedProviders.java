package org.ecryptfsj.keymodule;

import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;

/** The implementations of a service whose classes are known by name, each made when it is reached. */
final class IndexedProviders<S> implements Iterator<S> {
    private final Class<S> service;
    private final Iterator<String> names;

    /** @param names of classes on the class path with a public constructor without parameters */
    IndexedProviders(Class<S> service, List<String> names) {
        this.service = service;
        this.names = names.iterator();
    }

    @Override
    public boolean hasNext() {
        return names.hasNext();
    }

    /** @throws ServiceConfigurationError as {@link java.util.ServiceLoader} does; the next one can be loaded then */
    @Override
    public S next() {
        String name = names.next();
        try {
            return Class.forName(name).asSubclass(service).getConstructor().newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new ServiceConfigurationError(
                    service.getName() + ": provider " + name + " cannot be loaded: " + e, e);
        }
    }
}
