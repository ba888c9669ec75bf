package org.ecryptfsj.libcrypto;

import java.util.List;
import jnr.ffi.LibraryLoader;

/**
 * Loads OpenSSL's libcrypto. Each module describes the functions that it calls in an interface of its own, because each
 * function costs time when a library is loaded.
 *
 * <p>The JDK's ciphers keep copies of a key on the heap that cannot be wiped. libcrypto reads a key from locked memory and
 * wipes its own copy.
 */
public final class LibcryptoLoader {
    private static final List<String> LIBRARIES = List.of("libcrypto.so.3", "libcrypto.so.1.1");

    private LibcryptoLoader() {}

    /**
     * Loads the library, of OpenSSL 3 or 1.1.
     *
     * @param functions a public interface, implemented by jnr-ffi
     * @throws UnsatisfiedLinkError if neither is installed
     */
    public static <T> T load(Class<T> functions) {
        UnsatisfiedLinkError missing =
                new UnsatisfiedLinkError("none of the libraries " + LIBRARIES + " can be loaded");
        for (String library : LIBRARIES) {
            try {
                return LibraryLoader.create(functions).failImmediately().load(library);
            } catch (UnsatisfiedLinkError e) {
                missing.addSuppressed(e);
            }
        }
        throw missing;
    }
}
