package org.ecryptfsj.libcrypto;

import jnr.ffi.Pointer;

/** The results of functions of libcrypto that fail only without memory, or if the arguments are wrong. */
final class CallResult {
    private CallResult() {}

    /** @throws IllegalStateException if the function failed */
    static void require(boolean done, String call) {
        if (!done) {
            throw new IllegalStateException(call + " failed in libcrypto");
        }
    }

    /**
     * The pointer that a function returned.
     *
     * @throws IllegalStateException if it is null
     */
    static Pointer require(Pointer result, String call) {
        require(result != null, call);
        return result;
    }
}
