package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.ecryptfsj.kernel.ModprobeException;
import org.ecryptfsj.kernel.ModuleOptions;
import org.ecryptfsj.keyfile.guard.GuardedMount;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keyfile.guard.UnusableRecord;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.InitSystem;
import org.ecryptfsj.tools.machine.KeyFileOption;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tree.UntrustedFileException;

/**
 * The machine under diagnosis, and facts that several checks need. The answers of the TPM and of modprobe are cached.
 */
final class DiagnosticContext {
    /** Time limit for an answer of the TPM; a stopped tcsd does not answer. */
    static final Duration TPM_TIMEOUT = Duration.ofSeconds(10);

    private final Machine machine;
    private final KeyringView keys;
    private final Optional<KeyDevice> tpm;
    private final Set<String> moduleOptions;
    private final Protectors protectors;
    private final boolean tpmIsWanted;
    private final boolean requiresTpm;
    private Optional<TpmAnswer> answer = Optional.empty();
    private Optional<ModuleOptions> kernelOptions = Optional.empty();

    /**
     * @param tpm empty if the tspi key module is not installed
     * @param moduleOptions names of the key modules' mount parameters
     * @param protectors the installed protectors of key files
     * @param tpmIsWanted whether a TPM and the daemon are needed, even if nothing is configured that uses them
     */
    DiagnosticContext(
            Machine machine,
            KeyringView keys,
            Optional<KeyDevice> tpm,
            Set<String> moduleOptions,
            Protectors protectors,
            boolean tpmIsWanted)
            throws IOException {
        this.machine = machine;
        this.keys = keys;
        this.tpm = tpm;
        this.moduleOptions = moduleOptions;
        this.protectors = protectors;
        this.tpmIsWanted = tpmIsWanted;
        this.requiresTpm = tpmIsWanted || machine.exists("/var/lib/tpm/system.data") || usesTpm(machine);
    }

    /** The result of a query of the TPM: either the state or the failure.
     *
     * @param state the state of the TPM
     * @param failure the failure of the query
     */
    record TpmAnswer(Optional<KeyDevice.State> state, Optional<KeyModuleException> failure) {}

    private static boolean usesTpm(Machine machine) throws IOException {
        return BootConfiguration.all(machine).stream()
                        .anyMatch(one -> one.keyFile().isEmpty())
                || KnownKeyFile.all(machine).stream().anyMatch(KnownKeyFile::needsTpm)
                || fstab(machine).stream()
                        .anyMatch(line -> line.options().stream().anyMatch(option -> option.startsWith("key=tspi")));
    }

    Machine machine() {
        return machine;
    }

    KeyringView keys() {
        return keys;
    }

    InitSystem init() {
        return InitSystem.of(machine);
    }

    Optional<KeyDevice> tpm() {
        return tpm;
    }

    Protectors protectors() {
        return protectors;
    }

    /** The key files in the machine's directory, and those that fstab and the boot configuration name. */
    List<KnownKeyFile> keyFiles() throws IOException {
        return KnownKeyFile.all(machine);
    }

    /**
     * The mounts whose keys only the kernel holds.
     *
     * @param unusable receives each record that cannot be used
     */
    List<GuardedMount> guardedMounts(Consumer<UnusableRecord> unusable) throws IOException {
        try {
            return new GuardedMounts(machine.resolve(GuardedMounts.DIRECTORY)).read(unusable);
        } catch (UntrustedFileException e) {
            unusable.accept(new UnusableRecord(e.reason(), e.advice()));
            return List.of();
        }
    }

    Set<String> moduleOptions() {
        return moduleOptions;
    }

    /** Whether the configuration of this machine or the user requires a TPM. */
    boolean requiresTpm() {
        return requiresTpm;
    }

    /** Whether a mount may have keys for which the kernel asks the daemon. One made by hand is configured nowhere. */
    boolean mayNeedDaemon() throws IOException {
        return tpmIsWanted
                || keyFiles().isEmpty()
                || BootConfiguration.all(machine).stream()
                        .anyMatch(one -> one.keyFile().isEmpty())
                || fstab().stream()
                        .flatMap(line -> line.values("key").stream())
                        .anyMatch(key -> KeyFileOption.path(key).isEmpty() && !key.startsWith("passphrase"));
    }

    boolean moduleIsLoaded() {
        return machine.exists("/sys/fs/ecryptfs/version");
    }

    /** The eCryptfs lines of fstab. */
    List<MountTable.Entry> fstab() throws IOException {
        return fstab(machine);
    }

    private static List<MountTable.Entry> fstab(Machine machine) throws IOException {
        return MountTable.parse(machine.lines("/etc/fstab")).ecryptfs();
    }

    /** The processes that have /dev/ecryptfs open, without systemd, which can keep it open for a restarting daemon. */
    List<Machine.ProcessInfo> channelHolders() throws IOException {
        return machine.processes().stream()
                .filter(process -> process.pid() != 1 && machine.holds(process, "/dev/ecryptfs"))
                .toList();
    }

    Optional<Machine.ProcessInfo> process(String name) throws IOException {
        return machine.processes().stream()
                .filter(process -> process.name().equals(name))
                .findFirst();
    }

    /** Queries the state of the TPM once. */
    TpmAnswer askTpm(KeyDevice device) {
        if (answer.isEmpty()) {
            answer = Optional.of(ask(device));
        }
        return answer.get();
    }

    private static TpmAnswer ask(KeyDevice device) {
        try {
            return new TpmAnswer(Optional.of(device.state(TPM_TIMEOUT)), Optional.empty());
        } catch (KeyModuleException e) {
            return new TpmAnswer(Optional.empty(), Optional.of(e));
        }
    }

    /**
     * The module options that modprobe sets for ecryptfs; read once.
     *
     * @throws ModprobeException if modprobe is missing or fails
     */
    ModuleOptions kernelOptions() throws ModprobeException {
        if (kernelOptions.isEmpty()) {
            kernelOptions = Optional.of(ModuleOptions.of(machine.resolve("/")));
        }
        return kernelOptions.get();
    }

    /** Whether the TPM answers and has an owner. */
    boolean hasWorkingTpm() {
        return tpm.isPresent()
                && askTpm(tpm.get()).state().filter(KeyDevice.State::owned).isPresent();
    }

    /** The keys in the boot configurations and in fstab, each with the file that names it. */
    Stream<ConfiguredKey> configuredKeys() throws IOException {
        Stream<ConfiguredKey> atBoot = BootConfiguration.all(machine).stream()
                .flatMap(c -> c.value(BootConfiguration.UUID).map(uuid -> new ConfiguredKey(uuid, c.file())).stream());
        Stream<ConfiguredKey> inFstab = fstab().stream()
                .flatMap(line -> line.values("key").stream())
                .filter(key -> key.startsWith("tspi:tspi_uuid="))
                .map(key -> new ConfiguredKey(
                        key.substring("tspi:tspi_uuid=".length()).replaceFirst(":.*", ""), "/etc/fstab"));
        return Stream.concat(atBoot, inFstab);
    }

    /** A TPM key in a configuration file.
     *
     * @param uuid UUID of the key
     * @param file path of the configuration file
     */
    record ConfiguredKey(String uuid, String file) {}
}
