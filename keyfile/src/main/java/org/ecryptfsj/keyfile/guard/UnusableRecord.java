package org.ecryptfsj.keyfile.guard;

/**
 * A record of a guarded mount that is not used.
 *
 * @param message which one, and why
 * @param advice what to do next
 */
public record UnusableRecord(String message, String advice) {
    /** Both, for one line. */
    public String sentence() {
        return message + ". What to do: " + advice;
    }
}
