package org.ecryptfsj.protector.tpm2;

import java.util.Map;

/**
 * A TPM_RC (TPM 2.0 Library, part 2, section 6.6; docs/spec/tpm2.md, section 2). The number of a handle, session or parameter, and
 * the layer that refused, are no part of its name.
 *
 * @param value as the response has it
 */
record ResponseCode(int value) {
    static final int SUCCESS = 0;
    static final int INITIALIZE = 0x100;
    static final int FAILURE = 0x101;
    static final int REBOOT = 0x130;
    static final int ATTRIBUTES = 0x082;
    static final int VALUE = 0x084;
    static final int HIERARCHY = 0x085;
    static final int HANDLE = 0x08b;
    static final int AUTH_FAIL = 0x08e;
    static final int POLICY_FAIL = 0x09d;
    static final int INTEGRITY = 0x09f;
    static final int BAD_AUTH = 0x0a2;
    static final int PCR_CHANGED = 0x128;
    static final int OBJECT_MEMORY = 0x902;
    static final int SESSION_MEMORY = 0x903;
    static final int MEMORY = 0x904;
    static final int SESSION_HANDLES = 0x905;
    static final int OBJECT_HANDLES = 0x906;
    static final int YIELDED = 0x908;
    static final int TESTING = 0x90a;
    static final int NV_RATE = 0x920;
    static final int LOCKOUT = 0x921;
    static final int RETRY = 0x922;
    static final int NV_UNAVAILABLE = 0x923;

    private static final int FORMAT_ONE = 0x080;
    private static final int FORMAT_ONE_BASE = 0x0bf;
    private static final int FORMAT_ZERO_BASE = 0xfff;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(INITIALIZE, "TPM_RC_INITIALIZE"),
            Map.entry(FAILURE, "TPM_RC_FAILURE"),
            Map.entry(REBOOT, "TPM_RC_REBOOT"),
            Map.entry(0x120, "TPM_RC_DISABLED"),
            Map.entry(0x126, "TPM_RC_POLICY"),
            Map.entry(0x143, "TPM_RC_COMMAND_CODE"),
            Map.entry(ATTRIBUTES, "TPM_RC_ATTRIBUTES"),
            Map.entry(VALUE, "TPM_RC_VALUE"),
            Map.entry(HIERARCHY, "TPM_RC_HIERARCHY"),
            Map.entry(HANDLE, "TPM_RC_HANDLE"),
            Map.entry(AUTH_FAIL, "TPM_RC_AUTH_FAIL"),
            Map.entry(0x095, "TPM_RC_SIZE"),
            Map.entry(0x09b, "TPM_RC_SIGNATURE"),
            Map.entry(POLICY_FAIL, "TPM_RC_POLICY_FAIL"),
            Map.entry(INTEGRITY, "TPM_RC_INTEGRITY"),
            Map.entry(BAD_AUTH, "TPM_RC_BAD_AUTH"),
            Map.entry(PCR_CHANGED, "TPM_RC_PCR_CHANGED"),
            Map.entry(OBJECT_MEMORY, "TPM_RC_OBJECT_MEMORY"),
            Map.entry(SESSION_MEMORY, "TPM_RC_SESSION_MEMORY"),
            Map.entry(MEMORY, "TPM_RC_MEMORY"),
            Map.entry(SESSION_HANDLES, "TPM_RC_SESSION_HANDLES"),
            Map.entry(OBJECT_HANDLES, "TPM_RC_OBJECT_HANDLES"),
            Map.entry(YIELDED, "TPM_RC_YIELDED"),
            Map.entry(TESTING, "TPM_RC_TESTING"),
            Map.entry(NV_RATE, "TPM_RC_NV_RATE"),
            Map.entry(LOCKOUT, "TPM_RC_LOCKOUT"),
            Map.entry(RETRY, "TPM_RC_RETRY"),
            Map.entry(NV_UNAVAILABLE, "TPM_RC_NV_UNAVAILABLE"));

    /** Whether it is this code, whatever it is about. */
    boolean is(int code) {
        return base() == code;
    }

    /** Whether the same command can succeed a moment later. */
    boolean isTransient() {
        return is(RETRY) || is(YIELDED) || is(TESTING);
    }

    /** Whether the TPM has no room for another object or session. */
    boolean isFull() {
        return is(OBJECT_MEMORY) || is(SESSION_MEMORY) || is(MEMORY) || is(SESSION_HANDLES) || is(OBJECT_HANDLES);
    }

    /** Name and number, such as {@code TPM_RC_LOCKOUT (0x921)}; the number alone if the name is not known. */
    @Override
    public String toString() {
        String number = "0x%03x".formatted(value);
        String name = NAMES.get(base());
        return name == null ? number : name + " (" + number + ")";
    }

    private int base() {
        return (value & FORMAT_ONE) != 0 ? value & FORMAT_ONE_BASE : value & FORMAT_ZERO_BASE;
    }
}
