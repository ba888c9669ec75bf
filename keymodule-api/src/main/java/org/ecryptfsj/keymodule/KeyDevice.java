package org.ecryptfsj.keymodule;

import java.time.Duration;
import java.util.List;

/**
 * The device that protects a module's keys, such as a TPM, for programs that diagnose or set up a machine. Any thread may call
 * any method; each waits for the device for a limited time.
 */
public interface KeyDevice {
    /**
     * The state of the device.
     *
     * @param owned whether it has an owner, and so can create keys
     * @param registers the values of the registers that keys can be bound to, in hex digits, from register 0
     */
    record State(boolean owned, List<String> registers) {
        /** @throws NullPointerException if there are no registers */
        public State {
            registers = List.copyOf(registers);
        }
    }

    /**
     * Reads the device's state without using a key or a secret.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE, NOT_READY; TIMED_OUT after the limit
     */
    State state(Duration limit) throws KeyModuleException;

    /**
     * Checks that a key can be used now: it is in the key storage, the device loads it, and the registers have the values that
     * it is bound to. Uses at most one authorisation for each configured secret.
     *
     * @param key its name, as in the module's mount parameter
     * @throws KeyModuleException if it cannot be used: KEY_NOT_FOUND, WRONG_PCR_STATE, AUTHENTICATION, NOT_READY...; TIMED_OUT
     *     after the limit
     */
    void requireUsable(String key, Duration limit) throws KeyModuleException;

    /**
     * Removes a key from the module's key storage. Files that only this key protects can no longer be read.
     *
     * @param key its name, as in the module's mount parameter
     * @throws KeyModuleException KEY_NOT_FOUND, SERVICE_UNAVAILABLE; TIMED_OUT after the limit
     */
    void remove(String key, Duration limit) throws KeyModuleException;
}
