package org.ecryptfsj.libcrypto;

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
     * @throws IllegalStateException if it is 0
     */
    static long require(long result, String call) {
        require(result != 0, call);
        return result;
    }
}
