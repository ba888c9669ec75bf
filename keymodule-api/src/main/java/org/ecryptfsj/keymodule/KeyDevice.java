package org.ecryptfsj.keymodule;

import java.time.Duration;
import java.util.List;

/**
 * The device that holds a module's keys, such as a TPM, for programs that examine or set up a machine. Any thread may call any
 * method. No method waits for the device longer than its time limit.
 */
public interface KeyDevice {
    /**
     * The state of the device.
     *
     * @param owned whether the device was set up, so that it can make keys
     * @param registers values of the registers to which keys can be bound, in hex digits, from register 0
     */
    record State(boolean owned, List<String> registers) {
        /**
         * Copies the list.
         *
         * @param owned whether the device was set up
         * @param registers values of the registers
         * @throws NullPointerException if the list is null
         */
        public State {
            registers = List.copyOf(registers);
        }
    }

    /**
     * Reads the state of the device. It uses no key and no secret.
     *
     * @param limit time limit
     * @return the state
     * @throws KeyModuleException SERVICE_UNAVAILABLE, NOT_READY; TIMED_OUT after the limit
     */
    State state(Duration limit) throws KeyModuleException;

    /**
     * Tests whether a key can be used now: it is in the storage, the device loads it, and the registers have the values that it
     * needs. Each configured secret is used at most once.
     *
     * @param key name of the key, as in the module's mount parameter
     * @param limit time limit
     * @throws KeyModuleException if the key cannot be used: KEY_NOT_FOUND, WRONG_PCR_STATE, AUTHENTICATION, NOT_READY...; TIMED_OUT
     *     after the limit
     */
    void requireUsable(String key, Duration limit) throws KeyModuleException;

    /**
     * Removes a key from the module's storage. Files that only this key protects can never be read again.
     *
     * @param key name of the key, as in the module's mount parameter
     * @param limit time limit
     * @throws KeyModuleException KEY_NOT_FOUND, SERVICE_UNAVAILABLE; TIMED_OUT after the limit
     */
    void remove(String key, Duration limit) throws KeyModuleException;
}
