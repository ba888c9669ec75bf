package org.ecryptfsj.tools.setup;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileFailures;

/**
 * PCRs of a TPM 2.0 that a setup offers.
 *
 * @param values in lowercase hex digits, by number
 */
record Tpm2Registers(SortedMap<Integer, String> values) {
    private static final String NOTHING_MEASURED = "0*|f*";
    private static final int SECURE_BOOT = 7;
    private static final int SHIM = 14;

    /** What is measured into each PCR (TCG PC Client Platform Firmware Profile, section 3.3.4; UAPI group's PCR registry). */
    private static final Map<Integer, String> MEASURED_COMPONENTS = Map.of(
            0,
            "the firmware",
            2,
            "the firmware of expansion cards",
            4,
            "the boot loader and the kernel, as EFI programs",
            SECURE_BOOT,
            "the state of Secure Boot and its keys",
            8,
            "GRUB's commands",
            9,
            "files that GRUB reads",
            11,
            "unified kernel images",
            12,
            "the kernel's command line",
            SHIM,
            "the keys of shim (MOK)");

    /** @throws ToolFailure if the TPM does not answer */
    static Tpm2Registers read(Protector protector) throws ToolFailure {
        try {
            return new Tpm2Registers(new TreeMap<>(protector.registers(Set.copyOf(MEASURED_COMPONENTS.keySet()))));
        } catch (ProtectorException e) {
            throw KeyFileFailures.of(e);
        }
    }

    /** PCRs and values to which the first protector of a key file is bound. */
    static Map<String, String> bound(Protector protector, KeyFile file) {
        Map<String, String> bound = new TreeMap<>();
        try {
            protector.binding(file.protectors().get(0).fields()).ifPresent(binding -> binding.registers()
                    .forEach((number, value) -> bound.put("PCR " + number, value)));
            return bound;
        } catch (MalformedFieldException e) {
            throw new IllegalStateException("the protector refuses fields that it made itself", e);
        }
    }

    /** Those that are proposed: Secure Boot, and shim where it measured something; {@code none} if neither has. */
    String proposal() {
        String proposed = String.join(
                ",",
                values.keySet().stream()
                        .filter(register -> register == SECURE_BOOT || register == SHIM)
                        .filter(this::isMeasured)
                        .map(String::valueOf)
                        .toList());
        return proposed.isEmpty() ? "none" : proposed;
    }

    String explanation() {
        StringBuilder text = new StringBuilder(
                """

                The PCRs of the TPM contain measurements of the boot process. A key file that is bound to PCRs opens only
                while the PCRs have the values that they have now: on this machine only, and only after the same boot
                process. An update of a measured component changes the value: then the recovery code opens the files, and
                ecryptfs-key rebind binds the key file to the new values.

                """);
        values.forEach((register, value) -> text.append("  PCR %-2d  %s...  %s%s%n"
                .formatted(
                        register,
                        value.substring(0, 16),
                        MEASURED_COMPONENTS.get(register),
                        isMeasured(register) ? "" : " (no measurement)")));
        return text.append(
                        """

                        PCR 7, and 14 with shim, stay the same through updates. PCRs 0 and 2 change with the firmware, 4 and 9
                        with boot loader and kernel. A PCR without measurement cannot be used. None of them covers the root file
                        system: a person who has the machine can change an unencrypted one.

                        """)
                .toString();
    }

    private boolean isMeasured(int register) {
        return !values.get(register).matches(NOTHING_MEASURED);
    }
}
