package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.keys.SealedPassphrase;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.InitSystem;
import org.ecryptfsj.tools.setup.UndoEntry.Kind;

/** The steps of a setup. A step that has nothing to change is left out. */
final class SetupSteps {
    private static final String OWNER_ONLY = "rw-------";
    private static final String WORLD_READABLE = "rw-r--r--";
    private static final String BACKUPS = "/var/lib/ecryptfsj/setup-tpm.before";
    static final String PROBE = ".ecryptfs-setup-tpm";
    private static final int PROBE_BYTES = 32;
    private static final int UUID_BYTES = 16;

    private SetupSteps() {}

    static List<SetupStep> of(SetupOptions options, SetupContext context) throws IOException {
        List<SetupStep> steps = new ArrayList<>();
        directory(options.source(), context).ifPresent(steps::add);
        if (!options.mountPoint().equals(options.source())) {
            directory(options.mountPoint(), context).ifPresent(steps::add);
        }
        steps.add(new SetupStep(
                "create a key in the TPM, bound to " + bindings(options) + ", and register it in root's key storage",
                run -> makeKey(options, run)));
        if (options.recovery().isPresent()) {
            steps.add(new SetupStep(
                    "seal the recovery passphrase with this key into " + SetupTpm.RECOVERY,
                    run -> sealRecovery(options, run)));
        }
        String configuration = BootConfiguration.mainFile(context.machine());
        steps.add(new SetupStep(
                "write " + configuration + " (MOUNT_OPTIONS=" + options.options() + ")",
                run -> writeConfiguration(options, configuration, run)));
        steps.addAll(services(context));
        options.swap()
                .ifPresent(device -> steps.add(new SetupStep(
                        "encrypt all swap, including " + device + " (ecryptfs-setup-swap --force)", run -> {
                            run.record(UndoEntry.of(Kind.SWAP, device));
                            run.context().programs().runOrFail(List.of("ecryptfs-setup-swap", "--force"));
                        })));
        steps.add(new SetupStep(
                "mount " + options.source() + " at " + options.mountPoint()
                        + ", write a file, unmount, mount again, read and delete the file; the directory stays mounted",
                run -> tryMount(options, run)));
        return steps;
    }

    private static String bindings(SetupOptions options) {
        return options.pcrs().isEmpty()
                ? "no PCR"
                : (options.pcrs().size() == 1 ? "PCR " : "PCRs ")
                        + options.pcrs().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static Optional<SetupStep> directory(String path, SetupContext context) {
        if (context.machine().exists(path)) {
            return Optional.empty();
        }
        return Optional.of(new SetupStep(
                "create the directory " + path + " (mode 700)", run -> makeDirectory(run, path, "rwx------")));
    }

    /** Missing parent directories are created with mode 755. */
    private static void makeDirectory(SetupRun run, String path, String permissions) throws IOException {
        if (path.isEmpty() || run.context().machine().exists(path)) {
            return;
        }
        makeDirectory(run, path.substring(0, path.lastIndexOf('/')), "rwxr-xr-x");
        run.record(UndoEntry.of(Kind.DIRECTORY, path));
        run.context().files().makeDirectory(run.context().machine().resolve(path), permissions);
    }

    private static void makeKey(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        KeyModule tspi = run.context().tspi();
        KeyGenerator generator = tspi.generator()
                .orElseThrow(() -> new ToolFailure(
                        SetupTpm.FAILED,
                        "the installed tspi key module cannot create keys",
                        "install ecryptfsj again"));
        try (ParameterValues values = new ParameterValues()) {
            options.pcrs().forEach(pcr -> values.add("pcr", pcr.toString()));
            // Chosen here, so that the undo log can name the key before it exists.
            String uuid = randomHex(UUID_BYTES);
            values.add("tspi_uuid", uuid);
            run.record(new UndoEntry(Kind.KEY, uuid, options.source()));
            KeyGenerator.GeneratedKey key = generator.generate(values);
            run.setKey(key.value(), key.bindings());
            run.print("   tspi_uuid=" + key.value());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void sealRecovery(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        KeyModule tspi = run.context().tspi();
        try (ParameterValues values = new ParameterValues()) {
            values.add("tspi_uuid", run.uuid());
            values.add("tspi_mode", options.envelope() ? "envelope" : "direct");
            try (TokenContents contents = tspi.tokenContents(values)) {
                SealedPassphrase sealed = SealedPassphrase.seal(
                        tspi,
                        ((TokenContents.ModuleKey) contents).blob(),
                        options.recovery().orElseThrow());
                write(run, SetupTpm.RECOVERY, sealed.bytes(), OWNER_ONLY);
            }
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void writeConfiguration(SetupOptions options, String file, SetupRun run) throws IOException {
        String text =
                """
                # The directory that ecryptfs-tpm-mount mounts at boot. Written by ecryptfs-setup-tpm; --undo removes it.
                %s=%s
                %s="%s"
                %s="%s"
                %s="%s"
                """
                        .formatted(
                                BootConfiguration.UUID,
                                run.uuid(),
                                BootConfiguration.SOURCE,
                                options.source(),
                                BootConfiguration.MOUNT_POINT,
                                options.mountPoint(),
                                BootConfiguration.OPTIONS,
                                options.options());
        write(run, file, text.getBytes(StandardCharsets.UTF_8), WORLD_READABLE);
    }

    /** Replaces a file in one step and keeps a backup of the old one. */
    private static void write(SetupRun run, String path, byte[] contents, String permissions) throws IOException {
        FileOperations files = run.context().files();
        Path file = run.context().machine().resolve(path);
        makeDirectory(run, path.substring(0, path.lastIndexOf('/')), "rwxr-xr-x");
        if (Files.exists(file)) {
            String backup = BACKUPS + path.replace('/', '_');
            Path backupFile = run.context().machine().resolve(backup);
            // Otherwise a backup of an earlier setup would be taken for a backup of this one.
            files.delete(backupFile);
            run.record(new UndoEntry(Kind.FILE, path, backup));
            files.copy(file, temporary(backupFile));
            files.move(temporary(backupFile), backupFile);
        } else {
            run.record(UndoEntry.of(Kind.FILE, path));
        }
        files.write(temporary(file), contents, permissions);
        files.move(temporary(file), file);
    }

    /** The name of a file until it is complete. */
    static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static List<SetupStep> services(SetupContext context) throws IOException {
        InitSystem init = context.init();
        List<SetupStep> steps = new ArrayList<>();
        for (String service : List.of("ecryptfsd", BootConfiguration.SERVICE)) {
            Optional<List<String>> command = init.enable(service);
            if (!init.has(context.machine(), service) || command.isEmpty()) {
                String missing = "the service " + service + " is not installed: start it at boot yourself";
                steps.add(new SetupStep(
                        "skip enabling " + service + ": the service is not installed", run -> run.note(missing)));
            } else if (!init.startsAtBoot(context.machine(), service)) {
                steps.add(new SetupStep(
                        "enable " + service + " at boot (" + String.join(" ", command.get()) + ")", run -> {
                            run.record(UndoEntry.of(Kind.SERVICE, service));
                            run.context().programs().runOrFail(command.get());
                        }));
            }
        }
        return steps;
    }

    /** Mounts with the options of the boot configuration, then writes, remounts and reads a file. */
    private static void tryMount(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        List<String> mount = List.of(
                "mount",
                "-t",
                "ecryptfs",
                "-o",
                "key=tspi:tspi_uuid=" + run.uuid() + "," + options.options(),
                options.source(),
                options.mountPoint());
        CommandRunner programs = run.context().programs();
        run.record(UndoEntry.of(Kind.PROBE, options.source()));
        run.record(UndoEntry.of(Kind.MOUNT, options.mountPoint()));
        programs.runOrFail(mount);
        Path file = run.context().machine().resolve(options.mountPoint()).resolve(PROBE);
        try {
            String text = randomHex(PROBE_BYTES);
            Files.writeString(file, text);
            programs.runOrFail(List.of("umount", options.mountPoint()));
            programs.runOrFail(mount);
            if (!Files.readString(file).equals(text)) {
                throw new ToolFailure(
                        SetupTpm.FAILED,
                        "a file written to " + options.mountPoint() + " has another content after mounting again",
                        "see the lines of ecryptfsd and the kernel in the system log");
            }
            run.context().files().delete(file);
        } catch (IOException e) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a file in " + options.mountPoint() + " cannot be written and read: " + e.getMessage(),
                    "see the line of ecryptfsd in the system log; ecryptfs-doctor checks the machine");
        }
    }
}
