package org.ecryptfsj.keymodule;

import java.time.Duration;
import java.util.List;

/**
 * The device that guards a module's keys, such as a TPM, for programs that examine a machine or set one up. Any thread may
 * call any method; none waits for the device beyond its limit.
 */
public interface KeyDevice {
    /**
     * What the device says of itself.
     *
     * @param owned whether somebody has set it up, so that it can make keys
     * @param registers the values of the registers that keys can be bound to, in hex digits, from register 0
     */
    record State(boolean owned, List<String> registers) {
        /** @throws NullPointerException if there are no registers */
        public State {
            registers = List.copyOf(registers);
        }
    }

    /**
     * Looks at the device; no key and no secret is used.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE, NOT_READY; TIMED_OUT after the limit
     */
    State state(Duration limit) throws KeyModuleException;

    /**
     * Finds out whether a key could be used now: it is in the storage, the device loads it, its registers have the values it
     * needs. Costs one authorisation at most for each secret that is configured.
     *
     * @param key its name, as in the module's mount parameter
     * @throws KeyModuleException why it could not: KEY_NOT_FOUND, WRONG_PCR_STATE, AUTHENTICATION, NOT_READY...; TIMED_OUT
     *     after the limit
     */
    void requireUsable(String key, Duration limit) throws KeyModuleException;

    /**
     * Takes a key out of the module's storage. What is protected by it alone cannot be read any more.
     *
     * @param key its name, as in the module's mount parameter
     * @throws KeyModuleException KEY_NOT_FOUND, SERVICE_UNAVAILABLE; TIMED_OUT after the limit
     */
    void remove(String key, Duration limit) throws KeyModuleException;
}
