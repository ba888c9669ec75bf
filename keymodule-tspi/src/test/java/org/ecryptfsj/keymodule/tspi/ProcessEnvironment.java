package org.ecryptfsj.keymodule.tspi;

import java.nio.charset.StandardCharsets;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.linux.NativeLibrary;

/** This process's environment as C libraries see it: libtspi looks for tcsd and the key storage there. */
final class ProcessEnvironment {
    private static final Functions C = new ProcessEnvironmentFunctionsBinding(NativeLibrary.ofThisProcess());

    private ProcessEnvironment() {}

    static void set(String name, String value) {
        if (C.setenv(text(name), text(value), 1) != 0) {
            throw new IllegalStateException("setenv " + name);
        }
    }

    private static byte[] text(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }

    @CFunctions
    interface Functions {
        int setenv(byte[] name, byte[] value, int overwrite);
    }
}
