package org.ecryptfsj.libcrypto;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.ecryptfsj.linux.NativeLibrary;

/**
 * Loads OpenSSL's libcrypto. Each class describes the functions that it calls in an interface of its own.
 *
 * <p>The JDK's ciphers keep copies of a key on the heap that cannot be wiped. libcrypto reads a key from locked memory and
 * wipes its own copy.
 */
public final class LibcryptoLoader {
    private static final List<String> LIBRARIES = List.of("libcrypto.so.3", "libcrypto.so.1.1");
    private static final Map<Class<?>, Object> LOADED = new ConcurrentHashMap<>();

    private LibcryptoLoader() {}

    /** Whether the library is installed, and the program comes with what calls it. */
    public static boolean isAvailable() {
        return Availability.AVAILABLE;
    }

    /** Tried once: a library that is missing is searched for in many places. */
    private static final class Availability {
        static final boolean AVAILABLE = isLoaded();

        private static boolean isLoaded() {
            try {
                loadFirst(library -> library);
                return true;
            } catch (LibcryptoMissingException e) {
                System.getLogger(LibcryptoLoader.class.getName())
                        .log(System.Logger.Level.DEBUG, "ciphers and digests by the Java runtime", e);
                return false;
            }
        }
    }

    /**
     * Loads the library, of OpenSSL 3 or 1.1, once for each interface.
     *
     * @param functions the interface
     * @param binding calls its functions
     * @throws LibcryptoMissingException if neither is installed, or the program comes without jffi
     */
    public static <T> T load(Class<T> functions, Function<NativeLibrary, T> binding) {
        return functions.cast(LOADED.computeIfAbsent(functions, any -> loadFirst(binding)));
    }

    private static Object loadFirst(Function<NativeLibrary, ?> binding) {
        UnsatisfiedLinkError missing =
                new UnsatisfiedLinkError("none of the libraries " + LIBRARIES + " can be loaded");
        for (String library : LIBRARIES) {
            try {
                return binding.apply(NativeLibrary.load(library));
            } catch (LinkageError e) {
                missing.addSuppressed(e);
            }
        }
        throw new LibcryptoMissingException(missing);
    }
}
