package org.ecryptfsj.tools.command;

/** The failure of a command: the message for standard error, the advice and the exit code. */
public final class ToolFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** Low bytes of negative error numbers, as the C tools exit with (docs/spec/mount.md, section 2). */
    public static final int EINVAL = 234;

    /** The low byte of -EIO. */
    public static final int EIO = 251;

    /** The low byte of -ENOENT. */
    public static final int ENOENT = 254;

    /** The low byte of -EPERM. */
    public static final int EPERM = 255;

    private final int code;
    private final String advice;

    /**
     * @param code the exit code, 1 to 255
     * @param message what failed, on which object and why; printed after the command's name
     * @param advice what to do next, or empty
     */
    public ToolFailure(int code, String message, String advice) {
        super(message);
        this.code = code;
        this.advice = advice;
    }

    /** The exit code. */
    public int code() {
        return code;
    }

    /** What to do next, or empty. */
    public String advice() {
        return advice;
    }

    /** Prints the failure and returns the exit code. */
    public int report(String command) {
        System.out.flush();
        System.err.println(command + ": " + getMessage());
        if (!advice.isEmpty()) {
            System.err.println("  What to do: " + advice);
        }
        return code;
    }
}
