package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keyfile.KeyFileFailures;
import org.ecryptfsj.tools.keyfile.KeyFilePath;
import org.ecryptfsj.tools.keyfile.TpmKeyFile;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.keys.SealedPassphrase;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.InitSystem;
import org.ecryptfsj.tools.setup.UndoEntry.Kind;

/** The steps of a setup. A step that has nothing to change is left out. */
final class SetupSteps {
    private static final String OWNER_ONLY = "rw-------";
    private static final String OWNER_ONLY_DIRECTORY = "rwx------";
    private static final String WORLD_READABLE = "rw-r--r--";
    private static final String BACKUPS = "/var/lib/ecryptfsj/setup-tpm.before";
    private static final int UUID_BYTES = 16;

    private SetupSteps() {}

    static List<SetupStep> of(SetupOptions options, SetupContext context) throws IOException {
        List<SetupStep> steps = new ArrayList<>();
        directory(options.source(), context).ifPresent(steps::add);
        if (!options.mountPoint().equals(options.source())) {
            directory(options.mountPoint(), context).ifPresent(steps::add);
        }
        if (!context.hasTpm2()) {
            steps.add(new SetupStep(
                    "create a key in the TPM, bound to " + bindings(options)
                            + ", and register it in root's key storage",
                    run -> makeKey(options, run)));
        }
        if (options.recovery().isPresent()) {
            steps.add(new SetupStep(
                    "seal the recovery passphrase with this key into " + SetupTpm.RECOVERY,
                    run -> sealRecovery(options, run)));
        }
        if (options.mode() == SetupMode.KEY_FILE) {
            steps.add(new SetupStep(
                    "make the key file " + options.keyFile() + ", protected by "
                            + (context.hasTpm2() ? "the TPM, bound to " + bindings(options) + "," : "this key")
                            + " and a recovery code",
                    run -> makeKeyFile(options, run)));
        }
        String configuration = BootConfiguration.mainFile(context.machine());
        String setting = options.mode() == SetupMode.KEY_FILE
                ? BootConfiguration.KEY_FILE + "=" + options.keyFile()
                : BootConfiguration.OPTIONS + "=" + options.furtherOptions();
        steps.add(new SetupStep(
                "write " + configuration + " (" + setting + ")",
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
                new MountCheck(options)));
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
                "create the directory " + path + " (mode 700)", run -> makeDirectory(run, path, OWNER_ONLY_DIRECTORY)));
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

    private static void makeKeyFile(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        SetupContext context = run.context();
        TpmKeyFile made = context.hasTpm2()
                ? TpmKeyFile.withTpm2(
                        options.mountPoint(),
                        options.pcrs(),
                        options.checksNextBoot(),
                        context.protectors(),
                        context.modules())
                : TpmKeyFile.create(options.mountPoint(), run.uuid(), context.protectors(), context.modules());
        run.setKeyFile(made);
        if (context.hasTpm2()) {
            run.setBindings(Tpm2Registers.bound(context.tpm2(), made.content()));
        }
        makeDirectory(run, KeyFilePath.OF_ROOT, OWNER_ONLY_DIRECTORY);
        run.record(new UndoEntry(Kind.KEY_FILE, options.keyFile(), options.source()));
        Path file = context.machine().resolve(options.keyFile());
        try {
            context.files().create(file, made.content());
        } catch (KeyFileException e) {
            throw KeyFileFailures.of(file, e);
        } catch (IOException e) {
            throw KeyFileFailures.of(file, e);
        }
    }

    private static void sealRecovery(SetupOptions options, SetupRun run) throws ToolFailure, IOException {
        KeyModule tspi = run.context().tspi();
        try (ParameterValues values = new ParameterValues()) {
            values.add("tspi_uuid", run.uuid());
            values.add("tspi_mode", options.mode().toString());
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
        StringBuilder text = new StringBuilder("# The directory that ecryptfs-tpm-mount mounts at boot. Written by"
                + " ecryptfs-setup-tpm; --undo removes it.\n");
        settings(options, run.uuid())
                .forEach((name, value) ->
                        text.append(name).append('=').append(quoted(value)).append('\n'));
        write(run, file, text.toString().getBytes(StandardCharsets.UTF_8), WORLD_READABLE);
    }

    /** A word of a shell. {@link SetupOptions#path} admits no character that has a meaning within quotes. */
    private static String quoted(String value) {
        return value.matches("[A-Za-z0-9_]*") ? value : '"' + value + '"';
    }

    private static Map<String, String> settings(SetupOptions options, String uuid) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (options.mode() == SetupMode.KEY_FILE) {
            settings.put(BootConfiguration.KEY_FILE, options.keyFile());
            settings.put(BootConfiguration.ASK, "no");
        } else {
            settings.put(BootConfiguration.UUID, uuid);
            settings.put(BootConfiguration.OPTIONS, options.furtherOptions());
        }
        settings.put(BootConfiguration.SOURCE, options.source());
        settings.put(BootConfiguration.MOUNT_POINT, options.mountPoint());
        return settings;
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

    static String randomHex(int bytes) {
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
}
