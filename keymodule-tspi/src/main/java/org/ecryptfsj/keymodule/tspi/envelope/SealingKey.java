package org.ecryptfsj.keymodule.tspi.envelope;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;

/** A key of a device that unseals only while the PCRs have the values that the key is bound to. */
public interface SealingKey {
    /** Its name, under which its KEKs are stored; letters and digits. */
    String name();

    /**
     * Seals.
     *
     * @param plain owned by the caller
     * @throws KeyModuleException if the device fails
     */
    byte[] seal(Secret plain) throws KeyModuleException;

    /**
     * Unseals.
     *
     * @return closed by the caller
     * @throws KeyModuleException WRONG_PCR_STATE if the PCRs have other values, BAD_DATA if another key sealed it
     */
    Secret unseal(byte[] sealed) throws KeyModuleException;

    /**
     * Whether the PCRs have the values that the key is bound to.
     *
     * @param limit the longest wait for the device
     * @throws KeyModuleException if the device fails; TIMED_OUT if it does not answer
     */
    boolean isStateTrusted(Duration limit) throws KeyModuleException;
}
