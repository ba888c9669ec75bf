package org.ecryptfsj.protector.tpm2;

/** Carries commands to a TPM and its answers back. For one thread. */
interface TpmTransport extends AutoCloseable {
    /** Bytes of the largest answer of any TPM. */
    int MOST_BYTES = 4096;

    /** Bytes of a header: tag, size, code. */
    int HEADER_BYTES = 10;

    /**
     * Sends a command and waits for the answer.
     *
     * @return the answer, as long as its header says
     * @throws TpmException UNREACHABLE, SLOW, INTERRUPTED; MALFORMED if the header is wrong
     */
    byte[] exchange(byte[] command) throws TpmException;

    @Override
    void close();
}
