package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Diagnosis;
import org.ecryptfsj.tools.machine.InitSystem;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.machine.TpmVersion;

/** The machine on which a setup works.
 *
 * @param machine read access to its files
 * @param keys read access to the keyrings
 * @param modules the key modules
 * @param protectors those that are installed
 * @param programs runs its programs
 * @param files changes its files
 * @param secrets where the recovery code is printed: unbuffered, beside standard output or, with JSON output, standard error
 */
record SetupContext(
        Machine machine,
        KeyringView keys,
        KeyModules modules,
        Protectors protectors,
        CommandRunner programs,
        FileOperations files,
        Supplier<OutputStream> secrets) {
    KeyModule tspi() throws ToolFailure {
        return modules.byAlias("tspi")
                .orElseThrow(() -> new ToolFailure(
                        SetupTpm.FAILED, "the tspi key module is not installed", "install ecryptfsj again"));
    }

    KeyDevice device() throws ToolFailure {
        return tspi().device()
                .orElseThrow(() -> new ToolFailure(
                        SetupTpm.FAILED,
                        "the installed tspi key module supports no device",
                        "install ecryptfsj again"));
    }

    /** The protector of a TPM 2.0. */
    Protector tpm2() throws ToolFailure {
        return protectors
                .byType("tpm2")
                .orElseThrow(() -> new ToolFailure(
                        SetupTpm.FAILED, "the tpm2 protector is not installed", "install ecryptfsj again"));
    }

    /** Whether the machine has a TPM 2.0, which needs no tcsd and has no owner and no registered keys. */
    boolean hasTpm2() throws IOException {
        return TpmVersion.isTwo(machine);
    }

    InitSystem init() {
        return InitSystem.of(machine);
    }

    Diagnosis examine() throws IOException {
        return Diagnosis.of(machine, keys, modules, protectors, !hasTpm2());
    }
}
