package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.envelope.SealingKey;

/**
 * A TPM key as KEKs are sealed with it.
 *
 * @param lane where the TPM is asked
 * @param key which of its keys
 */
record LaneKey(TpmLane lane, KeyUuid key) implements SealingKey {
    @Override
    public String name() {
        return key.hex();
    }

    @Override
    public byte[] seal(Secret plain) throws KeyModuleException {
        return lane.run(new TpmTask.Seal(key, plain.copy()));
    }

    @Override
    public Secret unseal(byte[] sealed) throws KeyModuleException {
        return lane.run(new TpmTask.Unseal(key, SealedBlob.of(sealed)));
    }

    @Override
    public boolean isStateTrusted(Duration limit) throws KeyModuleException {
        return lane.run(new TpmTask.CheckState(key), limit);
    }
}
