package org.ecryptfsj.protector.tpm2;

/**
 * A storage key that can be used now.
 *
 * @param object its place in the TPM; owned by this
 * @param key its public part
 */
record LoadedStorageKey(TpmObject object, StorageKey key) implements AutoCloseable {
    @Override
    public void close() {
        object.close();
    }
}
