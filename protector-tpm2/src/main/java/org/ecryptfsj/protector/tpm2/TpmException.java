package org.ecryptfsj.protector.tpm2;

import java.util.Optional;

/** A command that a TPM did not carry out, or an answer that cannot be trusted. The message never holds secret bytes. */
final class TpmException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What happened. */
    enum Kind {
        /** There is no such device or socket, or it cannot be opened or used. */
        UNREACHABLE,
        /** No answer came in time. */
        SLOW,
        /** The thread was interrupted. */
        INTERRUPTED,
        /** The TPM refused; {@link #code()} says why. */
        REFUSED,
        /** The answer breaks its format or is not authentic. */
        MALFORMED
    }

    private final Kind kind;
    private final transient Optional<ResponseCode> code;

    private TpmException(Kind kind, String message, Optional<ResponseCode> code, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.code = code;
    }

    static TpmException unreachable(String message, Throwable cause) {
        return new TpmException(Kind.UNREACHABLE, message, Optional.empty(), cause);
    }

    static TpmException slow(String message) {
        return new TpmException(Kind.SLOW, message, Optional.empty(), null);
    }

    static TpmException interrupted(Throwable cause) {
        return new TpmException(Kind.INTERRUPTED, "the thread was interrupted", Optional.empty(), cause);
    }

    static TpmException refused(TpmCommand command, ResponseCode code) {
        return new TpmException(Kind.REFUSED, command.title() + " failed: " + code, Optional.of(code), null);
    }

    static TpmException malformed(String why) {
        return new TpmException(Kind.MALFORMED, "the TPM's answer cannot be trusted: " + why, Optional.empty(), null);
    }

    Kind kind() {
        return kind;
    }

    /** Why the TPM refused; empty if it did not. */
    Optional<ResponseCode> code() {
        return code;
    }

    /** Whether the TPM refused with this code. */
    boolean is(int responseCode) {
        return code.isPresent() && code.get().is(responseCode);
    }
}
