package org.ecryptfsj.keymodule.tspi;

import jnr.ffi.LibraryLoader;

/** This process's environment as C libraries see it: libtspi looks for tcsd and the key storage there. */
final class ProcessEnvironment {
    private static final LibC C = LibraryLoader.create(LibC.class).load("c");

    private ProcessEnvironment() {}

    static void set(String name, String value) {
        if (C.setenv(name, value, 1) != 0) {
            throw new IllegalStateException("setenv " + name);
        }
    }

    public interface LibC {
        int setenv(CharSequence name, CharSequence value, int overwrite);
    }
}
