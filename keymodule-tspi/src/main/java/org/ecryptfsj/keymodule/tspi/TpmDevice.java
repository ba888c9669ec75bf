package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;

/** The TPM as a key device: its registers are the PCRs. */
final class TpmDevice implements KeyDevice {
    private final TpmExecutor executor;

    TpmDevice(TpmExecutor executor) {
        this.executor = executor;
    }

    @Override
    public State state(Duration limit) throws KeyModuleException {
        return executor.run(new TpmTask.ReadState(), limit);
    }

    @Override
    public void requireUsable(String key, Duration limit) throws KeyModuleException {
        executor.run(new TpmTask.RequireUsable(KeyUuid.parse(TpmSession.UUID_PARAMETER, key)), limit);
    }

    @Override
    public void remove(String key, Duration limit) throws KeyModuleException {
        executor.run(new TpmTask.Remove(KeyUuid.parse(TpmSession.UUID_PARAMETER, key)), limit);
    }
}
