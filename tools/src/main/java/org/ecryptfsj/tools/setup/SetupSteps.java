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

/** The steps that fulfil somebody's wishes, each left out if there is nothing to do. */
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
                "make a key in the TPM, bound to " + bindings(options) + ", and register it in the key storage of root",
                run -> makeKey(options, run)));
        if (options.recovery().isPresent()) {
            steps.add(new SetupStep(
                    "seal the recovery passphrase with that key, into " + SetupTpm.RECOVERY,
                    run -> sealRecovery(options, run)));
        }
        String configuration = BootConfiguration.mainFile(context.machine());
        steps.add(new SetupStep(
                "write " + configuration + " (MOUNT_OPTIONS=" + options.options() + ")",
                run -> writeConfiguration(options, configuration, run)));
        steps.addAll(services(context));
        options.swap()
                .ifPresent(device -> steps.add(
                        new SetupStep("encrypt swap (ecryptfs-setup-swap --force), " + device + " with it", run -> {
                            run.record(UndoEntry.of(Kind.SWAP, device));
                            run.context().programs().runOrFail(List.of("ecryptfs-setup-swap", "--force"));
                        })));
        steps.add(new SetupStep(
                "mount " + options.source() + " at " + options.mountPoint()
                        + ", write a file, unmount, mount again, read it, delete it; and leave it mounted",
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
        return Optional.of(
                new SetupStep("make the directory " + path + " (mode 700)", run -> makeDirectory(run, path, "rwx------")));
    }

    /** The directories above it, where they are missing, are for everybody to enter. */
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
                        SetupTpm.FAILED, "the tspi key module here makes no keys", "install ecryptfsj again"));
        try (ParameterValues values = new ParameterValues()) {
            options.pcrs().forEach(pcr -> values.add("pcr", pcr.toString()));
            // Named here, so that the record can name it before it is made.
            String uuid = randomHex(UUID_BYTES);
            values.add("tspi_uuid", uuid);
            run.record(new UndoEntry(Kind.KEY, uuid, options.source()));
            KeyGenerator.GeneratedKey key = generator.generate(values);
            run.setKey(key.value(), key.bindings());
            run.print("   its name (tspi_uuid) is " + key.value());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void sealRecovery(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        KeyModule tspi = run.context().tspi();
        try (ParameterValues values = new ParameterValues()) {
            values.add("tspi_uuid", run.uuid());
            values.add("tspi_mode", options.envelope() ? "envelope" : "direct");
            try (TokenContents credential = tspi.credential(values)) {
                SealedPassphrase sealed = SealedPassphrase.seal(
                        tspi,
                        ((TokenContents.ModuleKey) credential).blob(),
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
                # What ecryptfs-tpm-mount mounts at boot. Written by ecryptfs-setup-tpm, which takes it back with --undo.
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

    /** In one step, the old one kept. */
    private static void write(SetupRun run, String path, byte[] contents, String permissions) throws IOException {
        FileOperations files = run.context().files();
        Path file = run.context().machine().resolve(path);
        makeDirectory(run, path.substring(0, path.lastIndexOf('/')), "rwxr-xr-x");
        if (Files.exists(file)) {
            String backup = BACKUPS + path.replace('/', '_');
            Path backupFile = run.context().machine().resolve(backup);
            // One of an earlier set-up would be taken for this one's.
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

    /** What a file is called until it is whole. */
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
                String missing =
                        "the service " + service + " is not installed, so it is not started at boot: see to that";
                steps.add(new SetupStep(
                        "leave the start of " + service + " to you: it is no service here",
                        run -> run.note(missing)));
            } else if (!init.startsAtBoot(context.machine(), service)) {
                steps.add(new SetupStep(
                        "have " + service + " started at boot (" + String.join(" ", command.get()) + ")", run -> {
                            run.record(UndoEntry.of(Kind.SERVICE, service));
                            run.context().programs().runOrFail(command.get());
                        }));
            }
        }
        return steps;
    }

    /** With the very options of the boot configuration. */
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
                        "a file written to " + options.mountPoint() + " reads differently after mounting again",
                        "look into the system log for lines of ecryptfsd and the kernel");
            }
            run.context().files().delete(file);
        } catch (IOException e) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a file in " + options.mountPoint() + " could not be written and read: " + e.getMessage(),
                    "the system log has the reason, in a line of ecryptfsd; ecryptfs-doctor looks at the rest");
        }
    }
}
