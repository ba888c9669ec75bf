package org.ecryptfsj.keymodule.tspi;

import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;

/**
 * An operation of the TPM. It owns its arguments, because the caller may cancel before the TPM has finished.
 *
 * @param <T> the result
 */
sealed interface TpmTask<T> {
    /** A verb phrase for messages, such as {@code generate a TPM key}. */
    String name();

    /** Runs it, on the executor's thread. */
    T run(TpmSession session) throws KeyModuleException;

    /** Undoes the result after the caller has cancelled, on the executor's thread. */
    default void discard(T result, TpmSession session) throws KeyModuleException {}

    /** Closes the arguments; called once, when it has run or will not run. */
    default void release() {}

    /** @param payload owned by the task */
    record Seal(KeyUuid key, Secret payload) implements TpmTask<byte[]> {
        @Override
        public String name() {
            return "seal with TPM key " + key;
        }

        @Override
        public byte[] run(TpmSession session) throws KeyModuleException {
            return session.seal(key, payload);
        }

        @Override
        public void release() {
            payload.close();
        }
    }

    record Unseal(KeyUuid key, SealedBlob sealed) implements TpmTask<Secret> {
        @Override
        public String name() {
            return "unseal with TPM key " + key;
        }

        @Override
        public Secret run(TpmSession session) throws KeyModuleException {
            return session.unseal(key, sealed);
        }

        @Override
        public void discard(Secret result, TpmSession session) {
            result.close();
        }
    }

    /** Reads a key's modulus. */
    record Modulus(KeyUuid key) implements TpmTask<byte[]> {
        @Override
        public String name() {
            return "look up TPM key " + key;
        }

        @Override
        public byte[] run(TpmSession session) throws KeyModuleException {
            return session.modulus(key);
        }
    }

    /** @param registers the PCRs to bind the key to */
    record Generate(SortedSet<Integer> registers, Optional<KeyUuid> uuid) implements TpmTask<GeneratedKey> {
        @Override
        public String name() {
            return "generate a TPM key";
        }

        @Override
        public GeneratedKey run(TpmSession session) throws KeyModuleException {
            return session.generate(registers, uuid);
        }

        @Override
        public void discard(GeneratedKey result, TpmSession session) throws KeyModuleException {
            session.unregister(result);
        }
    }

    /** Compares the PCRs with the values that a key is bound to. */
    record CheckState(KeyUuid key) implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "check the PCRs of TPM key " + key;
        }

        @Override
        public Boolean run(TpmSession session) throws KeyModuleException {
            return session.isStateTrusted(key);
        }
    }

    /** Reads the TPM's state. */
    record ReadState() implements TpmTask<KeyDevice.State> {
        @Override
        public String name() {
            return "read the state of the TPM";
        }

        @Override
        public KeyDevice.State run(TpmSession session) throws KeyModuleException {
            return session.state();
        }
    }

    /** Reads PCRs: their values in hex digits, by number. */
    record ReadPcrs(Set<Integer> registers) implements TpmTask<SortedMap<Integer, String>> {
        @Override
        public String name() {
            return "read PCRs";
        }

        @Override
        public SortedMap<Integer, String> run(TpmSession session) throws KeyModuleException {
            return session.pcrValues(registers);
        }
    }

    /** Loads a key, and compares the PCRs with the values it is bound to, which are the result, by number. */
    record RequireUsable(KeyUuid key) implements TpmTask<SortedMap<Integer, String>> {
        @Override
        public String name() {
            return "test TPM key " + key;
        }

        @Override
        public SortedMap<Integer, String> run(TpmSession session) throws KeyModuleException {
            return session.requireUsable(key);
        }
    }

    /** Removes a key from the user's key storage. */
    record Remove(KeyUuid key) implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "remove TPM key " + key;
        }

        @Override
        public Boolean run(TpmSession session) throws KeyModuleException {
            session.unregister(key);
            return true;
        }
    }

    /** Loads the library and connects to tcsd. */
    record Connect() implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "connect to tcsd";
        }

        @Override
        public Boolean run(TpmSession session) throws KeyModuleException {
            session.connect();
            return true;
        }
    }

    /** After another task closes the context, in whose memory libtspi keeps the TPM's last answer. */
    record ThenDisconnect<T>(TpmTask<T> task) implements TpmTask<T> {
        @Override
        public String name() {
            return task.name();
        }

        @Override
        public T run(TpmSession session) throws KeyModuleException {
            T result = task.run(session);
            session.disconnect();
            return result;
        }

        @Override
        public void discard(T result, TpmSession session) throws KeyModuleException {
            task.discard(result, session);
        }

        @Override
        public void release() {
            task.release();
        }
    }

    /** Does nothing: the executor resets the session before each task if requested. */
    record Reset() implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "unload keys";
        }

        @Override
        public Boolean run(TpmSession session) {
            return true;
        }
    }
}
