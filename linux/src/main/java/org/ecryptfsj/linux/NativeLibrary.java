package org.ecryptfsj.linux;

import com.kenai.jffi.Library;

/**
 * A C library, called through jffi, which is what jnr-ffi calls C functions with. The classes that call its functions are made from
 * interfaces by the compiler ({@code org.ecryptfsj.binding.CFunctions}).
 */
public final class NativeLibrary {
    private final Library library;
    private final String name;
    private final boolean complete;

    private NativeLibrary(Library library, String name, boolean complete) {
        this.library = library;
        this.name = name;
        this.complete = complete;
    }

    /**
     * The libraries that this process has loaded for all of its parts, the C library among them. Of the functions that they do not
     * have, as those of a newer C library, the first call fails.
     */
    public static NativeLibrary ofThisProcess() {
        return new NativeLibrary(Library.getDefault(), "the C library", false);
    }

    /** Its name in messages. */
    String name() {
        return name;
    }

    /**
     * Loads a library, which stays loaded as long as something refers to it or to a function of it. It must have all functions that
     * are looked up.
     *
     * @param name as dlopen(3) takes it, such as {@code libcrypto.so.3}
     * @throws UnsatisfiedLinkError if it is not installed, or cannot be loaded
     */
    public static NativeLibrary load(String name) {
        Library library = Library.getCachedInstance(name, Library.LAZY | Library.LOCAL);
        if (library == null) {
            throw new UnsatisfiedLinkError(Library.getLastError());
        }
        return new NativeLibrary(library, name, true);
    }

    /**
     * Looks a function up.
     *
     * @param parameters the types of its parameters
     * @throws UnsatisfiedLinkError if a library that was loaded does not have it
     */
    public NativeFunction function(String function, NativeFunction.Type result, NativeFunction.Type... parameters) {
        long address = library.getSymbolAddress(function);
        NativeFunction found = new NativeFunction(this, function, address, result, parameters);
        if (complete) {
            found.requireAddress();
        }
        return found;
    }
}
