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
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tools.mount.OptionNames;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/** What mounts: the helper that mount(8) calls, the lines of fstab, and what the boot scripts are told. */
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
                ? "install the package, or copy this tree to where only root can write and link it from there (README,"
                        + " \"From a checkout\")"
                : "ln -sf " + launcher + " " + PROGRAM;
        if (!Files.exists(program)) {
            return List.of(Finding.problem(
                    HELPER,
                    "there is no " + PROGRAM + (Files.isSymbolicLink(program) ? " behind its symbolic link" : ""),
                    "mount -t ecryptfs then goes to the kernel directly, which knows no key=",
                    link));
        }
        Path real = program.toRealPath();
        if (real.getFileName().toString().equals(LAUNCHER)) {
            Optional<String> open = writableByOthers(program);
            if (open.isPresent()) {
                return List.of(Finding.problem(
                        HELPER,
                        PROGRAM + " leads to a program of ours, and others than root can change it",
                        open.get() + "; who does is root at the next mount, so the program refuses to run as root",
                        "install the package, which replaces the link; or copy the tree to where only root can write"
                                + " (README, \"From a checkout\")"));
            }
            return List.of(
                    Files.isExecutable(real)
                            ? Finding.ok(HELPER, "mount -t ecryptfs calls ours")
                            : Finding.problem(
                                    HELPER,
                                    PROGRAM + " cannot be executed",
                                    "mount(8) passes it over and asks the kernel directly",
                                    "chmod 755 " + real));
        }
        return List.of(
                isBinary(real)
                        ? Finding.problem(
                                HELPER,
                                PROGRAM + " is that of ecryptfs-utils",
                                "it knows neither tspi_mode=envelope nor a TPM whose SRK secret is not the well-known one",
                                link)
                        : Finding.problem(HELPER, PROGRAM + " is not ours", "nobody knows how it mounts", link));
    }

    /** Who could put another program there, if anybody could; asked for root only, whose mounts call it. */
    private static Optional<String> writableByOthers(Path program) throws IOException {
        if (Account.effectiveUid() != 0 || !Files.exists(program)) {
            return Optional.empty();
        }
        try {
            Trust.requireAll(Trust.requireAll(program).getParent());
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
            return List.of(Finding.skipped(FSTAB, "no line of /etc/fstab is of type ecryptfs"));
        }
        List<Finding> findings = new ArrayList<>();
        for (MountTable.Entry line : lines) {
            findings.addAll(fstabProblems(context, line));
        }
        return findings;
    }

    private static List<Finding> fstabProblems(DiagnosticContext context, MountTable.Entry line) {
        List<Finding> found = new ArrayList<>();
        String of = "the line of " + line.target() + " in /etc/fstab";
        String edit = "edit /etc/fstab: ";
        for (String option : line.options()) {
            try {
                OptionNames.check(option.replaceFirst("=.*", ""), context.moduleOptions());
            } catch (ToolFailure e) {
                found.add(Finding.problem(
                        FSTAB, of + " is misspelt: " + e.getMessage(), "the mount is refused", edit + e.advice()));
            }
        }
        boolean atBoot = !line.options().contains("noauto");
        boolean byUsers = line.options().contains("user") || line.options().contains("users");
        boolean namesSignature = has(line, "ecryptfs_sig") || has(line, "sig");
        if (byUsers && !namesSignature) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " lets users mount, but names no ecryptfs_sig=",
                    "a user's mount is done with the line's options only, so the kernel is told no key",
                    edit + "add ecryptfs_sig=SIGNATURE; run by the user, mount.ecryptfs prints the whole line"));
        }
        if (atBoot && !byUsers && !has(line, "key") && !namesSignature) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " names no key",
                    "at boot nobody can be asked for it: the mount fails, or the boot waits",
                    edit + "add key=... or noauto"));
        }
        if (atBoot && has(line, "key") && !(has(line, "ecryptfs_cipher") && has(line, "ecryptfs_key_bytes"))) {
            found.add(Finding.problem(
                    FSTAB,
                    of + " leaves the cipher or its key bytes open",
                    "at boot nobody can be asked for them: the mount fails, or the boot waits",
                    edit + "add ecryptfs_cipher=aes,ecryptfs_key_bytes=16"));
        }
        directories(context.machine(), line.source(), line.target())
                .ifPresent(missing -> found.add(Finding.problem(
                        FSTAB,
                        of + " names a directory that is not there: " + missing,
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
            return List.of(Finding.skipped(BOOT, "nothing is configured to be mounted at boot"));
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
                .filter(name -> !name.equals(BootConfiguration.UUID) || !configuration.namesKeyAmongOptions())
                .collect(Collectors.joining(", "));
        if (!unset.isEmpty()) {
            return Finding.problem(
                    BOOT, file + " does not set " + unset, "the boot script has nothing to mount", "edit " + file);
        }
        String uuid = configuration.value(BootConfiguration.UUID).orElse("");
        if (!configuration.namesKeyAmongOptions() && !uuid.matches("[0-9a-fA-F]{32}")) {
            return Finding.problem(
                    BOOT,
                    file + " has a " + BootConfiguration.UUID + " that is no key's name: " + uuid,
                    "it is 32 hex digits, as ecryptfs-generate-tpm-key prints them",
                    "edit " + file);
        }
        String source = configuration.value(BootConfiguration.SOURCE).get();
        String mountPoint = configuration.value(BootConfiguration.MOUNT_POINT).get();
        Optional<String> missing = directories(machine, source, mountPoint);
        if (missing.isPresent()) {
            return Finding.problem(
                    BOOT,
                    file + " names a directory that is not there: " + missing.get(),
                    "the mount at boot fails",
                    "mkdir -m 700 " + missing.get() + ", or correct " + file);
        }
        return Finding.ok(BOOT, file + ": " + source + " is to be read at " + mountPoint);
    }

    static List<Finding> enabled(DiagnosticContext context) throws IOException {
        boolean main = BootConfiguration.all(context.machine()).stream()
                .anyMatch(c -> c.file().equals("/etc/default/" + BootConfiguration.SERVICE)
                        || c.file().equals("/etc/sysconfig/" + BootConfiguration.SERVICE));
        if (!main) {
            return List.of(Finding.skipped(ENABLED, "nothing is configured to be mounted at boot"));
        }
        InitSystem init = context.init();
        if (init.startsAtBoot(context.machine(), BootConfiguration.SERVICE)) {
            return List.of(Finding.ok(ENABLED, BootConfiguration.SERVICE + " is started at boot"));
        }
        return List.of(Finding.problem(
                ENABLED,
                BootConfiguration.SERVICE + " is configured, but not started at boot",
                "after the next boot the directory is not mounted",
                init.enable(BootConfiguration.SERVICE)
                        .map(command -> String.join(" ", command))
                        .orElse("have your init run /etc/init.d/" + BootConfiguration.SERVICE + " start")));
    }

    /** A key module is code that the daemon runs with the right to every key. */
    static List<Finding> modules(DiagnosticContext context) throws IOException {
        String name = "module-directory";
        String directory = System.getProperty("ecryptfsj.modules", "/usr/lib/ecryptfsj/modules");
        Optional<Machine.Ownership> ownership = context.machine().ownership(directory);
        if (ownership.isEmpty()) {
            return List.of(Finding.skipped(name, "there is no " + directory));
        }
        if ((ownership.get().mode() & WORLD_WRITABLE) != 0) {
            return List.of(Finding.problem(
                    name,
                    "anybody may write to " + directory,
                    "a jar put there is run by ecryptfsd, with the right to every key",
                    "chmod 755 " + directory));
        }
        return List.of(Finding.ok(name, directory + " is not for anybody to write to"));
    }
}
