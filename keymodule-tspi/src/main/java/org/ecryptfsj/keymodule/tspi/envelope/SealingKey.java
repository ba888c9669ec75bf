package org.ecryptfsj.keymodule.tspi.envelope;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;

/** A key of a device that gives back what it sealed only while the machine is in the state it was bound to. */
public interface SealingKey {
    /** Its name: what its KEKs are stored under; letters and digits. */
    String name();

    /**
     * Seals.
     *
     * @param plain stays the caller's
     * @throws KeyModuleException with the device's reason
     */
    byte[] seal(Secret plain) throws KeyModuleException;

    /**
     * Unseals.
     *
     * @return closed by the caller
     * @throws KeyModuleException WRONG_PCR_STATE if the machine is in another state, BAD_DATA if this key never sealed it
     */
    Secret unseal(byte[] sealed) throws KeyModuleException;

    /**
     * Whether the machine still is in the state the key is bound to.
     *
     * @param limit how long to wait for the device
     * @throws KeyModuleException if the device does not say; TIMED_OUT if it is silent
     */
    boolean isStateTrusted(Duration limit) throws KeyModuleException;
}
