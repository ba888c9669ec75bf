package org.ecryptfsj.linux;

import java.util.List;
import jnr.ffi.LibraryLoader;

/**
 * OpenSSL's libcrypto, as whoever needs it describes it. The JDK's ciphers keep copies of a key on the heap that nobody can
 * wipe; libcrypto takes it from where it is and wipes its own copy.
 */
public final class Libcrypto {
    private static final List<String> LIBRARIES = List.of("libcrypto.so.3", "libcrypto.so.1.1");

    private Libcrypto() {}

    /**
     * Loads it.
     *
     * @param functions a public interface of jnr-ffi's kind
     * @throws UnsatisfiedLinkError if it is not installed
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
