package org.ecryptfsj.tools;

/** A command cannot go on: what it says on standard error, what to do about it, and the exit code. */
final class ToolFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** Low bytes of negative error numbers, as the C tools exit with (spec mount.md, section 2). */
    static final int EINVAL = 234;

    static final int EIO = 251;
    static final int ENOENT = 254;
    static final int EPERM = 255;

    private final int code;
    private final String advice;

    ToolFailure(int code, String message, String advice) {
        super(message);
        this.code = code;
        this.advice = advice;
    }

    /** Prints the failure and gives the exit code. */
    int report(String command) {
        System.out.flush();
        System.err.println(command + ": " + getMessage());
        if (!advice.isEmpty()) {
            System.err.println("  What to do: " + advice);
        }
        return code;
    }
}
