package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;

/** The findings of all checks, in the order of the dependencies: from the kernel and the TPM up to the mounts. */
public final class Diagnosis {
    private static final List<Check> ALL = List.of(
            SystemChecks::java,
            KernelChecks::module,
            KernelChecks::daemonInterface,
            KernelChecks::timeout,
            KernelChecks::verbosity,
            DaemonChecks::device,
            DaemonChecks::daemon,
            DaemonChecks::pidFile,
            TpmChecks::chip,
            TpmChecks::state,
            TpmChecks::device,
            TpmChecks::configuration,
            TpmChecks::tcsd,
            TpmChecks::answers,
            TpmChecks::owner,
            TpmChecks::storage,
            KeyChecks::storage,
            KeyChecks::configured,
            KeyChecks::link,
            KeyChecks::quota,
            KeyChecks::mounted,
            KeyFileChecks::files,
            KeyFileChecks::protectors,
            GuardChecks::mounts,
            MountChecks::helper,
            MountChecks::modules,
            MountChecks::fstab,
            MountChecks::boot,
            MountChecks::enabled,
            LoginChecks::opens,
            LoginChecks::password,
            PrivateKeyChecks::keys,
            PrivateKeyChecks::leftovers,
            PrivateMountChecks::counters,
            PrivateMountChecks::names,
            PamChecks::environment,
            SystemChecks::swap,
            CrypttabChecks::lines,
            SysctlChecks::sharedDirectories,
            SysctlChecks::tracing,
            SysctlChecks::cores);

    private final List<Finding> findings;

    private Diagnosis(List<Finding> findings) {
        this.findings = List.copyOf(findings);
    }

    /** Runs all checks on a machine.
     *
     * @param modules the installed key modules
     * @param protectors the installed protectors of key files
     * @param requiresTpm whether a TPM is needed, even if nothing is configured that uses one
     * @throws IOException if a file of the machine cannot be read
     */
    public static Diagnosis of(
            Machine machine, KeyringView keys, KeyModules modules, Protectors protectors, boolean requiresTpm)
            throws IOException {
        Optional<KeyDevice> tpm = modules.byAlias("tspi").flatMap(KeyModule::device);
        Set<String> options = modules.all().stream()
                .flatMap(module -> module.parameters().stream())
                .flatMap(parameter -> parameter.names().stream())
                .collect(Collectors.toSet());
        DiagnosticContext context = new DiagnosticContext(machine, keys, tpm, options, protectors, requiresTpm);
        List<Finding> findings = new ArrayList<>();
        for (Check check : ALL) {
            findings.addAll(check.run(context));
        }
        return new Diagnosis(findings);
    }

    /** All findings, in the order of the checks. */
    public List<Finding> findings() {
        return findings;
    }

    /** The findings with this verdict. */
    public List<Finding> of(Verdict verdict) {
        return findings.stream().filter(finding -> finding.verdict() == verdict).toList();
    }
}
