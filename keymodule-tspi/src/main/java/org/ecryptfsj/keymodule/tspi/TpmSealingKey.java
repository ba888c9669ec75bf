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
        return executor.run(new TpmTask.ThenDisconnect<>(new TpmTask.Seal(key, plain.copy())));
    }

    @Override
    public Secret unseal(byte[] sealed) throws KeyModuleException {
        return executor.run(new TpmTask.ThenDisconnect<>(new TpmTask.Unseal(key, SealedBlob.of(sealed))));
    }

    @Override
    public boolean isStateTrusted(Duration limit) throws KeyModuleException {
        return executor.run(new TpmTask.CheckState(key), limit);
    }
}
