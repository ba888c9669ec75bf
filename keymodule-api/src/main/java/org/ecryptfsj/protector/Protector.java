package org.ecryptfsj.protector;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;

/**
 * One way to guard the file key of a key file: a TPM, a passphrase, a recovery code. The service provider interface:
 * implementations are found by {@link java.util.ServiceLoader} on the class path and in the jars of the module directory; such
 * a jar names its class in {@code META-INF/services/org.ecryptfsj.protector.Protector}.
 *
 * <p>A key file holds any number of protectors, and each gives back the same file key. A protector is an object without state
 * of its own: what it needs later stands in the <em>fields</em> that {@link #protect} returns. They are kept in the key file
 * in plain, so they hold the file key encrypted and nothing else that is secret, and only what JSON and its integers can say
 * ({@link JsonValue}); bytes are base64. Their layout is a format that stays on disks: never change it, but add a member
 * {@code version}, or choose another type name.
 *
 * <p>Anybody may have written the fields that come back. So a protector
 * <ul>
 *   <li>takes each member out by a method of {@link JsonObject} that checks its type and range, all before it allocates
 *       memory, computes or talks to a device;
 *   <li>authenticates {@link ProtectorContext#associated} together with the file key, so that fields of another key file, or
 *       with a changed parameter, are refused. The parameters are all fields but those with ciphertext, also those that it
 *       does not know.
 * </ul>
 *
 * <p>Any thread may call any method at any time. {@link #protect} and {@link #unprotect} may block; when the caller's thread
 * is interrupted they give up soon with {@code TIMED_OUT}. The constructor does nothing slow: it runs whether the protector is
 * used or not. No method writes to the terminal or to a log. A minimal one:
 *
 * <pre>{@code
 * public final class VaultProtector implements Protector {
 *     public String type() { return "vault"; }
 *     public Interaction interaction(JsonObject fields) { return Interaction.NONE; }
 *     public Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
 *             throws ProtectorException {
 *         JsonObject parameters = JsonObject.empty().with("slot", 7);
 *         byte[] sealed = vault.seal(7, fileKey, context.associated(type(), parameters));
 *         return Protection.of(parameters.with("sealed", sealed));
 *     }
 *     public Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
 *             throws ProtectorException, MalformedFieldException {
 *         int slot = fields.integer("slot", 0, 15);
 *         byte[] sealed = fields.bytes("sealed", 60, 60);
 *         return vault.open(slot, sealed, context.associated(type(), fields.without("sealed")));
 *     }
 *     public ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException {
 *         return ProtectorState.usable("slot " + fields.integer("slot", 0, 15) + " of the vault");
 *     }
 * }
 * }</pre>
 */
public interface Protector extends AutoCloseable {
    /** Bytes in a file key. */
    int FILE_KEY_BYTES = 32;

    /** How a protector deals with people when it unlocks. */
    enum Interaction {
        /** It asks nobody. Such protectors are tried first. */
        NONE,
        /**
         * It asks one question, and a wrong answer does no harm. Where several such protectors are in a file, a person is asked
         * once, and each gets that answer.
         */
        SHARED_ANSWER,
        /**
         * It asks questions of its own: a wrong answer counts, as does that to the PIN of a device that locks itself, or the
         * answer is another one than a passphrase or code of this key file.
         */
        OWN_QUESTION
    }

    /** How long a protector stays in its key file. */
    enum Lifetime {
        /** Until a person removes it. */
        PERMANENT,
        /** Until the key file is mounted after its time has begun; the program that mounts removes it then. */
        TEMPORARY,
        /** As TEMPORARY; and the other protectors are then bound to the present state of the machine. */
        TEMPORARY_THEN_REBIND
    }

    /** The type's name in key files and options: 1 to 32 of {@code a-z}, {@code 0-9} and {@code -}, such as {@code tspi}. */
    String type();

    /** What {@link #protect} can be given; a name that is not among them is never passed. */
    default List<Parameter> parameters() {
        return List.of();
    }

    /**
     * Takes a file key into its care.
     *
     * @param fileKey {@link #FILE_KEY_BYTES} bytes; stays the caller's
     * @param context the key file
     * @param values values of {@link #parameters()}; stay the caller's
     * @param prompter asks for what is not among the values
     * @return closed by the caller; what was made on the way outside the key file, such as a key in a device, stays if this
     *     returns, and is removed again if this throws
     * @throws ProtectorException BAD_PARAMETER, NO_ANSWER, UNAVAILABLE, NOT_READY...
     */
    Protection protect(Secret fileKey, ProtectorContext context, ParameterValues values, Prompter prompter)
            throws ProtectorException;

    /**
     * Gives the file key back. The caller checks that it is the right one, and asks again after WRONG_SECRET, as often as
     * {@link Prompter#attempts()} says: this asks once.
     *
     * @param fields as {@link #protect} returned them, or whatever the file's writer made of them
     * @param prompter is asked only if {@link #interaction} is not NONE
     * @return {@link #FILE_KEY_BYTES} bytes, closed by the caller
     * @throws ProtectorException with the reason
     * @throws MalformedFieldException if a member is missing, of another type, or out of its range
     */
    Secret unprotect(JsonObject fields, ProtectorContext context, Prompter prompter)
            throws ProtectorException, MalformedFieldException;

    /**
     * What it is bound to, and whether it could be used now; nothing is unlocked, nobody is asked, and no attempt at a person's
     * secret is counted by a device. Takes a few seconds at most. An obstacle has the reason with which {@link #unprotect} would
     * fail; a device that does not answer in time is UNAVAILABLE.
     *
     * @throws MalformedFieldException as {@link #unprotect}
     */
    ProtectorState state(JsonObject fields, ProtectorContext context) throws MalformedFieldException;

    /**
     * Whether it asks a person when these fields are unlocked.
     *
     * @throws MalformedFieldException as {@link #unprotect}
     */
    Interaction interaction(JsonObject fields) throws MalformedFieldException;

    /**
     * The values with which {@link #protect} binds the file key in the same way to the present state of the machine. What
     * {@link #protect} had made for the old fields, such as a key in a device, is not removed: an older copy of the key file
     * may still need it.
     *
     * @return closed by the caller; empty if the fields are bound to nothing that changes
     * @throws MalformedFieldException as {@link #unprotect}
     */
    default Optional<ParameterValues> rebindingValues(JsonObject fields) throws MalformedFieldException {
        return Optional.empty();
    }

    /**
     * How long the protector stays in its key file.
     *
     * @throws MalformedFieldException as {@link #unprotect}
     */
    default Lifetime lifetime(JsonObject fields) throws MalformedFieldException {
        return Lifetime.PERMANENT;
    }

    /**
     * Whether the time of a temporary protector has begun, also if it is over. Takes a few seconds at most.
     *
     * @throws ProtectorException UNAVAILABLE, NOT_READY; TIMED_OUT if the caller's thread is interrupted
     * @throws MalformedFieldException as {@link #unprotect}
     */
    default boolean hasBegun(JsonObject fields) throws ProtectorException, MalformedFieldException {
        return false;
    }

    /**
     * The state of the machine that these fields are bound to, so that a mounted key can be revoked when it changes.
     *
     * @return empty if they are bound to none
     * @throws MalformedFieldException as {@link #unprotect}
     */
    default Optional<RegisterBinding> binding(JsonObject fields) throws MalformedFieldException {
        return Optional.empty();
    }

    /**
     * The present values of PCRs, so that a program that watches a {@link #binding} can compare. Takes a few seconds at most;
     * a device that does not answer in time is UNAVAILABLE.
     *
     * @param numbers of the PCRs, as in a binding of this type
     * @return the values in lowercase hex digits, by number
     * @throws ProtectorException UNAVAILABLE, NOT_READY; TIMED_OUT if the caller's thread is interrupted; BAD_PARAMETER if the
     *     type has no such register
     */
    default Map<Integer, String> registers(Set<Integer> numbers) throws ProtectorException {
        throw new ProtectorException(
                ProtectorException.Reason.BAD_PARAMETER, "protectors of type " + type() + " are bound to no PCRs", "");
    }

    /**
     * The present values of the PCRs of a {@link #binding}, as {@link #registers(Set)}; for devices that have a PCR of one number
     * several times, with hashes of different lengths.
     *
     * @param bound the values of the binding, by number
     * @throws ProtectorException as {@link #registers(Set)}
     */
    default Map<Integer, String> registers(Map<Integer, String> bound) throws ProtectorException {
        return registers(bound.keySet());
    }

    /** Frees what the protector holds. It is not used afterwards. */
    @Override
    default void close() {}
}
