package org.ecryptfsj.keymodule.tspi;

/**
 * What was tried with the TPM, in the words of a message about its failure.
 *
 * @param subject what was worked on, such as {@code TPM key 0d09...}
 * @param failed the clause that says what could not be done
 * @param isOfKey whether a key was to be used that exists already
 */
record FailureContext(String subject, String failureClause, boolean usesExistingKey) {
    static final FailureContext CONNECT = new FailureContext("tcsd", "the TPM cannot be reached", false);
    static final FailureContext EXAMINE_TPM = new FailureContext("the TPM", "the TPM cannot be examined", false);
    static final FailureContext CREATE_KEY = new FailureContext("a new TPM key", "no TPM key can be made", false);

    static FailureContext useOfKey(KeyUuid key) {
        String subject = "TPM key " + key;
        return new FailureContext(subject, subject + " cannot be used", true);
    }
}
