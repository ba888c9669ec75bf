package org.ecryptfsj.protector.tpm2;

import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/** Questions for the PIN of a sealed file key. The PIN is the object's authorization value, byte for byte. */
final class Pins {
    private static final int LEAST_NEW_BYTES = 6;
    private static final int MOST_BYTES = 32;

    private Pins() {}

    /**
     * A new one.
     *
     * @return closed by the caller
     * @throws ProtectorException BAD_PARAMETER if it is too short, too long, or has a zero byte; as the prompter
     */
    static Secret askNew(ProtectorContext context, Prompter prompter) throws ProtectorException {
        Secret pin = prompter.ask(new Prompter.Question("New PIN of the TPM for " + context.label(), true));
        if (pin.size() >= LEAST_NEW_BYTES && isPossible(pin)) {
            return pin;
        }
        int size = pin.size();
        pin.close();
        throw new ProtectorException(
                Reason.BAD_PARAMETER,
                "the new PIN has " + size + " bytes, not between " + LEAST_NEW_BYTES + " and " + MOST_BYTES
                        + ", or a zero byte",
                "Choose another one. It can have letters too.");
    }

    /**
     * The present one.
     *
     * @return closed by the caller
     * @throws ProtectorException WRONG_SECRET if it can be none; as the prompter
     */
    static Secret ask(ProtectorContext context, LockoutState lockout, Prompter prompter) throws ProtectorException {
        Secret pin = prompter.ask(new Prompter.Question(
                "PIN of the TPM for " + context.label() + " (" + lockout.attemptsLeft() + ")", false));
        if (isPossible(pin)) {
            return pin;
        }
        pin.close();
        throw wrong(
                "the PIN is wrong: it is too long or has a zero byte",
                "Type the PIN of this key file. The TPM counted no attempt.");
    }

    /** The TPM counted a wrong attempt. */
    static ProtectorException wrong(LockoutState lockout) {
        return lockout.isLocked()
                ? wrong("the PIN is wrong, and the TPM has locked itself", lockout.advice())
                : wrong(
                        "the PIN is wrong; " + lockout.attemptsLeft() + " before the TPM locks itself",
                        "Type the PIN of this key file.");
    }

    private static ProtectorException wrong(String message, String advice) {
        return new ProtectorException(Reason.WRONG_SECRET, message, advice);
    }

    private static boolean isPossible(Secret pin) {
        for (int i = 0; i < pin.size(); i++) {
            if (pin.buffer().get(i) == 0) {
                return false;
            }
        }
        return pin.size() <= MOST_BYTES;
    }
}
