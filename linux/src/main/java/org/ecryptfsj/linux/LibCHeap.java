package org.ecryptfsj.linux;

/** The C library's heap of this process. */
public final class LibCHeap {
    private LibCHeap() {}

    /**
     * Returns free memory to the kernel. The JVM's compiler needs some ten megabytes while a program starts, and
     * glibc would keep them. Where the C library has no malloc_trim(3), nothing happens.
     */
    public static void trim() {
        try {
            LibCProcess.INSTANCE.malloc_trim(0);
        } catch (UnsatisfiedLinkError e) {
            System.getLogger(LibCHeap.class.getName())
                    .log(System.Logger.Level.DEBUG, "this C library has no malloc_trim", e);
        }
    }
}
