package org.ecryptfsj.tools.machine;

import java.io.IOException;

/** Which TPM a machine has. */
public final class TpmVersion {
    private static final String VERSION = "/sys/class/tpm/tpm0/tpm_version_major";

    private TpmVersion() {}

    /** Whether the first TPM has version 2.0. Kernels before Linux 5.6 do not say so. */
    public static boolean isTwo(Machine machine) throws IOException {
        return machine.text(VERSION).orElse("1").equals("2");
    }
}
