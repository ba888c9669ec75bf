package org.ecryptfsj.keymodule.tspi;

/**
 * What was tried with the TPM, in the words of a message about its failure.
 *
 * @param subject what was worked on, such as {@code TPM key 0d09...}
 * @param failed the clause that says what could not be done
 * @param isOfKey whether a key was to be used that exists already
 */
record Attempt(String subject, String failed, boolean isOfKey) {
    static final Attempt TO_CONNECT = new Attempt("tcsd", "the TPM cannot be reached", false);
    static final Attempt TO_LOOK = new Attempt("the TPM", "the TPM cannot be examined", false);
    static final Attempt TO_MAKE_KEY = new Attempt("a new TPM key", "no TPM key can be made", false);

    static Attempt toUse(KeyUuid key) {
        String subject = "TPM key " + key;
        return new Attempt(subject, subject + " cannot be used", true);
    }
}
