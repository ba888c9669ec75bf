package org.ecryptfsj.keymodule.tspi;

/**
 * The parts of an error message that depend on the attempted operation.
 *
 * @param subject the object of the operation, such as {@code TPM key 0d09...}
 * @param failureClause the beginning of the message
 * @param usesExistingKey whether the operation uses an existing key
 */
record FailureContext(String subject, String failureClause, boolean usesExistingKey) {
    static final FailureContext CONNECT = new FailureContext("tcsd", "the TPM cannot be reached", false);
    static final FailureContext EXAMINE_TPM = new FailureContext("the TPM", "the TPM cannot be examined", false);
    static final FailureContext CREATE_KEY = new FailureContext("a new TPM key", "cannot create a TPM key", false);

    static FailureContext useOfKey(KeyUuid key) {
        String subject = "TPM key " + key;
        return new FailureContext(subject, subject + " cannot be used", true);
    }
}
