package org.ecryptfsj.libcrypto;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.LibraryLoader;

/**
 * Loads OpenSSL's libcrypto. Each class describes the functions that it calls in an interface of its own, because each
 * function costs time when a library is loaded. No parameter has an annotation, because each kind costs as much as ten functions:
 * a Java {@code long} is as large as {@code size_t}, and a direct buffer needs no copy in either direction.
 *
 * <p>The JDK's ciphers keep copies of a key on the heap that cannot be wiped. libcrypto reads a key from locked memory and
 * wipes its own copy.
 */
public final class LibcryptoLoader {
    private static final List<String> LIBRARIES = List.of("libcrypto.so.3", "libcrypto.so.1.1");
    private static final Map<Class<?>, Object> LOADED = new ConcurrentHashMap<>();

    private LibcryptoLoader() {}

    /**
     * Loads the library, of OpenSSL 3 or 1.1, once for each interface.
     *
     * @param functions a public interface, implemented by jnr-ffi
     * @throws LibcryptoMissingException if neither is installed, or the program comes without jnr-ffi
     */
    public static <T> T load(Class<T> functions) {
        return functions.cast(LOADED.computeIfAbsent(functions, LibcryptoLoader::loadFirst));
    }

    private static Object loadFirst(Class<?> functions) {
        UnsatisfiedLinkError missing =
                new UnsatisfiedLinkError("none of the libraries " + LIBRARIES + " can be loaded");
        for (String library : LIBRARIES) {
            try {
                return LibraryLoader.create(functions).failImmediately().load(library);
            } catch (LinkageError e) {
                missing.addSuppressed(e);
            }
        }
        throw new LibcryptoMissingException(missing);
    }
}
