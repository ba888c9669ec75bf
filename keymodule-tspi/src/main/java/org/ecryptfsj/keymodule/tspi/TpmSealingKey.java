package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.envelope.SealingKey;

/**
 * A TPM key with which KEKs are sealed. A context keeps tcsd's last answer in memory, so it is closed after each KEK.
 *
 * @param executor runs the TPM's operations
 * @param key the TPM key
 */
record TpmSealingKey(TpmExecutor executor, KeyUuid key) implements SealingKey {
    @Override
    public String name() {
        return key.hex();
    }

    @Override
    public byte[] seal(Secret plain) throws KeyModuleException {
        byte[] sealed = executor.run(new TpmTask.Seal(key, plain.copy()));
        executor.run(new TpmTask.Disconnect());
        return sealed;
    }

    @Override
    public Secret unseal(byte[] sealed) throws KeyModuleException {
        Secret kek = executor.run(new TpmTask.Unseal(key, SealedBlob.of(sealed)));
        try {
            executor.run(new TpmTask.Disconnect());
            return kek;
        } catch (KeyModuleException | RuntimeException e) {
            kek.close();
            throw e;
        }
    }

    @Override
    public boolean isStateTrusted(Duration limit) throws KeyModuleException {
        return executor.run(new TpmTask.CheckState(key), limit);
    }
}
