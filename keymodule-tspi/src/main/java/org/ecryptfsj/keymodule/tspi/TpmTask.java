package org.ecryptfsj.keymodule.tspi;

import java.util.Optional;
import java.util.SortedSet;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;

/**
 * One thing to do with the TPM. It owns what it works on, because the caller may be gone before the TPM has finished.
 *
 * @param <T> what comes out
 */
sealed interface TpmTask<T> {
    /** What it does, for people. */
    String name();

    /** Does it, on the lane's thread. */
    T run(TpmSession session) throws KeyModuleException;

    /** Undoes a result nobody waits for any more, on the lane's thread. */
    default void discard(T result, TpmSession session) throws KeyModuleException {}

    /** Gives back what the task owns; called once, when it has run or will never run. */
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

    /** Compares a key's PCRs with what the key needs. */
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

    /** Reads what the TPM says of itself. */
    record ReadState() implements TpmTask<KeyDevice.State> {
        @Override
        public String name() {
            return "look at the TPM";
        }

        @Override
        public KeyDevice.State run(TpmSession session) throws KeyModuleException {
            return session.state();
        }
    }

    /** Loads a key, and compares its PCRs with what it needs. */
    record RequireUsable(KeyUuid key) implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "try TPM key " + key;
        }

        @Override
        public Boolean run(TpmSession session) throws KeyModuleException {
            session.requireUsable(key);
            return true;
        }
    }

    /** Takes a key out of the user's storage. */
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

    /** Drops the context, and the answers of the TPM's that it holds; what was learned stays. */
    record Disconnect() implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "disconnect from tcsd";
        }

        @Override
        public Boolean run(TpmSession session) {
            session.disconnect();
            return true;
        }
    }

    /** Wakes the lane, so that it drops what it was told to drop. */
    record Reset() implements TpmTask<Boolean> {
        @Override
        public String name() {
            return "drop keys";
        }

        @Override
        public Boolean run(TpmSession session) {
            return true;
        }
    }
}
