package org.ecryptfsj.daemon.request;

import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.netlink.EncryptedKey;
import org.ecryptfsj.netlink.Reply;

/** The end of a request: a key, or a failure with its cause. Owns the secret in it. */
sealed interface Outcome extends AutoCloseable {
    @Override
    void close();

    /**
     * The key module did the work.
     *
     * @param reply sent to the kernel
     */
    record Success(Reply reply) implements Outcome {
        @Override
        public void close() {
            if (reply instanceof Reply.Tag65Reply decrypted) {
                decrypted.payload().close();
            }
        }
    }

    /**
     * The kernel gets the failure packet.
     *
     * @param cause kind of failure, as it is counted
     * @param explanation for the log
     * @param exception the exception behind it, if any
     */
    record Failure(Cause cause, String explanation, Optional<Throwable> exception) implements Outcome {
        @Override
        public void close() {}
    }

    /** Kind of failure. */
    enum Cause {
        /** No key, no key module, or the key module refused. */
        FAILED,
        /** The request cannot be parsed. */
        MALFORMED,
        /** The deadline has passed, or the daemon stops. */
        TIMED_OUT,
        /** The key module has stalled. */
        STALLED,
        /** An error in this program. */
        DEFECT
    }

    /**
     * The decrypted key of an open.
     *
     * @param payload owned by the result
     */
    static Outcome decrypted(Secret payload) {
        try {
            return new Success(new Reply.Tag65Reply(payload));
        } catch (IllegalArgumentException e) {
            payload.close();
            return defect(e);
        }
    }

    /** The encrypted key of a create. */
    static Outcome encrypted(byte[] key) {
        try {
            return new Success(new Reply.Tag67Reply(EncryptedKey.of(key)));
        } catch (IllegalArgumentException e) {
            return defect(e);
        }
    }

    /** Failure of a cause that needs no exception. */
    static Outcome failure(Cause cause, String explanation) {
        return new Failure(cause, explanation, Optional.empty());
    }

    /** Failure of a key module. */
    static Outcome failure(KeyModuleException e) {
        String sentence = e.advice().isEmpty() ? e.getMessage() : e.getMessage() + ". " + e.advice();
        return new Failure(Cause.FAILED, sentence, Optional.of(e));
    }

    /** Failure for an exception that no code expects. */
    static Outcome defect(Throwable e) {
        return new Failure(Cause.DEFECT, "unexpected error: " + e, Optional.of(e));
    }
}
