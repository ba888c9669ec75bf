package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.InitSystem;
import org.ecryptfsj.tools.machine.KeyFileOption;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tools.mount.OptionNames;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/** Checks of the mount helper that mount(8) calls, the key module directory, fstab and the boot configuration. */
final class MountChecks {
    private static final String HELPER = "mount-helper";
    private static final String FSTAB = "fstab";
    private static final String BOOT = "boot-config";
    private static final String ENABLED = "boot-enabled";
    private static final String PROGRAM = "/sbin/mount.ecryptfs";
    private static final String LAUNCHER = "launch";
    private static final int WORLD_WRITABLE = 02;

    private MountChecks() {}

    static List<Finding> helper(DiagnosticContext context) throws IOException {
        Path program = context.machine().resolve(PROGRAM);
        String launcher = System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules")
                .replaceFirst("/[^/]*$", "/launch");
        String link = writableByOthers(Path.of(launcher)).isPresent()
                ? "install the package, or copy this tree to a directory that only root can change and link"
                        + " the copy (docs/install.md, \"From a checkout\")"
                : "ln -sf " + launcher + " " + PROGRAM;
        if (!Files.exists(program)) {
            return List.of(Finding.problem(
                    HELPER,
                    PROGRAM + (Files.isSymbolicLink(program) ? " is a broken symbolic link" : " does not exist"),
                    "mount -t ecryptfs calls the kernel directly, which does not support key=",
                    link));
        }
        Path real = program.toRealPath();
        if (real.getFileName().toString().equals(LAUNCHER)) {
            Optional<String> open = writableByOthers(program);
            if (open.isPresent()) {
                return List.of(Finding.problem(
                        HELPER,
                        PROGRAM + " leads to the mount helper of this package, but users other than root can change it",
                        open.get() + "; such a user would run code as root at the next mount, so the program"
                                + " refuses to run as root",
                        "install the package, which replaces the link, or copy the tree to a directory that"
                                + " only root can change (docs/install.md, \"From a checkout\")"));
            }
            return List.of(
                    Files.isExecutable(real)
                            ? Finding.ok(HELPER, "mount -t ecryptfs calls the helper of this package")
                            : Finding.problem(
                                    HELPER,
                                    PROGRAM + " is not executable",
                                    "mount(8) ignores it and calls the kernel directly",
                                    "chmod 755 " + real));
        }
        return List.of(
                isBinary(real)
                        ? Finding.problem(
                                HELPER,
                                PROGRAM + " belongs to ecryptfs-utils",
                                "it supports neither tspi_mode=envelope nor a TPM whose SRK secret is not the"
                                        + " well-known one",
                                link)
                        : Finding.problem(
                                HELPER,
                                PROGRAM + " does not belong to this package",
                                "it is unknown how it mounts",
                                link));
    }

    /**
     * A message if users other than root can replace the program. Checked for root only, because mount(8) calls it as
     * root.
     */
    private static Optional<String> writableByOthers(Path program) throws IOException {
        if (Account.effectiveUid() != 0 || !Files.exists(program)) {
            return Optional.empty();
        }
        try {
            Trust.requireTrustedPath(Trust.requireTrustedPath(program).getParent());
            return Optional.empty();
        } catch (UntrustedFileException e) {
            return Optional.of(e.reason());
        }
    }

    private static boolean isBinary(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("\177ELF");
        }
    }

    static List<Finding> fstab(DiagnosticContext context) throws IOException {
        List<MountTable.Entry> lines = context.fstab();
        if (lines.isEmpty()) {
            return List.of(Finding.skipped(FSTAB, "/etc/fstab has no line of type ecryptfs"));
        }
        List<Finding> findings = new ArrayList<>();
        for (MountTable.Entry line : lines) {
            findings.addAll(fstabProblems(context, line));
        }
        return findings;
    }

    private static List<Finding> fstabProblems(DiagnosticContext context, MountTable.Entry line) {
        List<Finding> found = new ArrayList<>();
        String of = "the /etc/fstab line for " + line.target();
        String edit = "edit /etc/fstab: ";
        for (String option : line.options()) {
            try {
                OptionNames.check(option.replaceFirst("=.*", ""), context.moduleOptions());
            } catch (ToolFailure e) {
                found.add(Finding.problem(
                        FSTAB, of + " has an unknown option: " + e.getMessage(), "the mount fails", edit + e.advice()));
            }
        }
        boolean atBoot = !line.options().contains("noauto");
        boolean byUsers = line.options().contains("user") || line.options().contains("users");
        boolean namesSignature = has(line, "ecryptfs_sig") || has(line, "sig");
        if (byUsers && !namesSignature) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " has the option user, but no ecryptfs_sig=",
                    "a mount by a user has the options of this line only, so the kernel gets no key",
                    edit + "add ecryptfs_sig=SIGNATURE; mount.ecryptfs, run by the user, prints the complete line"));
        }
        if (atBoot && !byUsers && !has(line, "key") && !namesSignature) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " has no key",
                    "at boot no user can be asked for it: the mount fails or the boot stops",
                    edit + "add key=... or noauto"));
        }
        boolean hasKeyFile = line.values("key").stream()
                .anyMatch(key -> KeyFileOption.path(key).isPresent());
        if (atBoot
                && has(line, "key")
                && !hasKeyFile
                && !(has(line, "ecryptfs_cipher") && has(line, "ecryptfs_key_bytes"))) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " does not set the cipher or the key size",
                    "at boot no user can be asked for them: the mount fails or the boot stops",
                    edit + "add ecryptfs_cipher=aes,ecryptfs_key_bytes=16"));
        }
        directories(context.machine(), line.source(), line.target())
                .ifPresent(missing -> found.add(Finding.problem(
                        FSTAB,
                        of + " names a missing directory: " + missing,
                        "the mount fails",
                        "mkdir -m 700 " + missing)));
        return found.isEmpty() ? List.of(Finding.ok(FSTAB, of + " is complete")) : found;
    }

    private static boolean has(MountTable.Entry line, String option) {
        return !line.values(option).isEmpty();
    }

    private static Optional<String> directories(Machine machine, String... names) {
        String missing = Stream.of(names)
                .filter(name -> name.startsWith("/") && !Files.isDirectory(machine.resolve(name)))
                .collect(Collectors.joining(" "));
        return missing.isEmpty() ? Optional.empty() : Optional.of(missing);
    }

    static List<Finding> boot(DiagnosticContext context) throws IOException {
        List<BootConfiguration> all = BootConfiguration.all(context.machine());
        if (all.isEmpty()) {
            return List.of(Finding.skipped(BOOT, "no mount at boot is configured"));
        }
        List<Finding> findings = new ArrayList<>();
        for (BootConfiguration one : all) {
            findings.add(bootProblem(context.machine(), one));
        }
        return findings;
    }

    private static Finding bootProblem(Machine machine, BootConfiguration configuration) {
        String file = configuration.file();
        String unset = Stream.of(BootConfiguration.UUID, BootConfiguration.SOURCE, BootConfiguration.MOUNT_POINT)
                .filter(name -> configuration.value(name).isEmpty())
                .filter(name -> !name.equals(BootConfiguration.UUID)
                        || !(configuration.namesKeyAmongOptions()
                                || configuration.keyFile().isPresent()))
                .collect(Collectors.joining(", "));
        if (!unset.isEmpty()) {
            return Finding.problem(
                    BOOT, file + " does not set " + unset, "the boot script cannot mount", "edit " + file);
        }
        String uuid = configuration.value(BootConfiguration.UUID).orElse("");
        if (configuration.value(BootConfiguration.KEY_FILE).isPresent() && !uuid.isEmpty()) {
            return Finding.problem(
                    BOOT,
                    file + " sets both " + BootConfiguration.UUID + " and " + BootConfiguration.KEY_FILE,
                    "the boot script cannot decide between them",
                    "edit " + file + ": remove one of them");
        }
        if (configuration.keyFile().isEmpty()
                && !configuration.namesKeyAmongOptions()
                && !uuid.matches("[0-9a-fA-F]{32}")) {
            return Finding.problem(
                    BOOT,
                    file + " has an invalid " + BootConfiguration.UUID + ": " + uuid,
                    "a UUID has 32 hex digits, as printed by ecryptfs-generate-tpm-key",
                    "edit " + file);
        }
        String source = configuration.value(BootConfiguration.SOURCE).get();
        String mountPoint = configuration.value(BootConfiguration.MOUNT_POINT).get();
        Optional<String> missing = directories(machine, source, mountPoint);
        if (missing.isPresent()) {
            return Finding.problem(
                    BOOT,
                    file + " names a missing directory: " + missing.get(),
                    "the mount at boot fails",
                    "mkdir -m 700 " + missing.get() + ", or correct " + file);
        }
        return Finding.ok(BOOT, file + ": " + source + " is mounted at " + mountPoint + " at boot");
    }

    static List<Finding> enabled(DiagnosticContext context) throws IOException {
        boolean main = BootConfiguration.all(context.machine()).stream()
                .anyMatch(c -> c.file().equals("/etc/default/" + BootConfiguration.SERVICE)
                        || c.file().equals("/etc/sysconfig/" + BootConfiguration.SERVICE));
        if (!main) {
            return List.of(Finding.skipped(ENABLED, "no mount at boot is configured"));
        }
        InitSystem init = context.init();
        if (init.startsAtBoot(context.machine(), BootConfiguration.SERVICE)) {
            return List.of(Finding.ok(ENABLED, BootConfiguration.SERVICE + " is enabled at boot"));
        }
        return List.of(Finding.problem(
                ENABLED,
                BootConfiguration.SERVICE + " is configured, but not enabled at boot",
                "the directory is not mounted after the next boot",
                init.enable(BootConfiguration.SERVICE)
                        .map(command -> String.join(" ", command))
                        .orElse("configure your init system to run /etc/init.d/" + BootConfiguration.SERVICE
                                + " start")));
    }

    /** Checks the key module directory: the daemon runs its code with access to every key. */
    static List<Finding> modules(DiagnosticContext context) throws IOException {
        String name = "module-directory";
        String directory = System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules");
        Optional<Machine.Ownership> ownership = context.machine().ownership(directory);
        if (ownership.isEmpty()) {
            return List.of(Finding.skipped(name, directory + " does not exist"));
        }
        if ((ownership.get().mode() & WORLD_WRITABLE) != 0) {
            return List.of(Finding.problem(
                    name,
                    directory + " is writable for all users",
                    "ecryptfsd runs a jar that a user puts there, with access to every key",
                    "chmod 755 " + directory));
        }
        return List.of(Finding.ok(name, directory + " is not writable for all users"));
    }
}
