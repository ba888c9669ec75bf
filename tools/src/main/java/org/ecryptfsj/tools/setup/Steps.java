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
import org.ecryptfsj.tools.setup.Deed.Kind;

/** The steps that fulfil somebody's wishes, each left out if there is nothing to do. */
final class Steps {
    private static final String OWNER_ONLY = "rw-------";
    private static final String EVERYBODY_READS = "rw-r--r--";
    private static final String BACKUPS = "/var/lib/ecryptfsj/setup-tpm.before";
    static final String PROBE = ".ecryptfs-setup-tpm";
    private static final int PROBE_BYTES = 32;
    private static final int UUID_BYTES = 16;

    private Steps() {}

    static List<Step> of(Wishes wishes, Site site) throws IOException {
        List<Step> steps = new ArrayList<>();
        directory(wishes.source(), site).ifPresent(steps::add);
        if (!wishes.mountPoint().equals(wishes.source())) {
            directory(wishes.mountPoint(), site).ifPresent(steps::add);
        }
        steps.add(new Step(
                "make a key in the TPM, bound to " + bindings(wishes) + ", and register it in the key storage of root",
                work -> makeKey(wishes, work)));
        if (wishes.recovery().isPresent()) {
            steps.add(new Step(
                    "seal the recovery passphrase with that key, into " + SetupTpm.RECOVERY,
                    work -> sealRecovery(wishes, work)));
        }
        String configuration = BootConfiguration.mainFile(site.machine());
        steps.add(new Step(
                "write " + configuration + " (MOUNT_OPTIONS=" + wishes.options() + ")",
                work -> writeConfiguration(wishes, configuration, work)));
        steps.addAll(services(site));
        wishes.swap()
                .ifPresent(device -> steps.add(
                        new Step("encrypt swap (ecryptfs-setup-swap --force), " + device + " with it", work -> {
                            work.record(Deed.of(Kind.SWAP, device));
                            work.site().programs().require(List.of("ecryptfs-setup-swap", "--force"));
                        })));
        steps.add(new Step(
                "mount " + wishes.source() + " at " + wishes.mountPoint()
                        + ", write a file, unmount, mount again, read it, delete it; and leave it mounted",
                work -> tryMount(wishes, work)));
        return steps;
    }

    private static String bindings(Wishes wishes) {
        return wishes.pcrs().isEmpty()
                ? "no PCR"
                : (wishes.pcrs().size() == 1 ? "PCR " : "PCRs ")
                        + wishes.pcrs().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static Optional<Step> directory(String path, Site site) {
        if (site.machine().has(path)) {
            return Optional.empty();
        }
        return Optional.of(
                new Step("make the directory " + path + " (mode 700)", work -> makeDirectory(work, path, "rwx------")));
    }

    /** The directories above it, where they are missing, are for everybody to enter. */
    private static void makeDirectory(Work work, String path, String permissions) throws IOException {
        if (path.isEmpty() || work.site().machine().has(path)) {
            return;
        }
        makeDirectory(work, path.substring(0, path.lastIndexOf('/')), "rwxr-xr-x");
        work.record(Deed.of(Kind.DIRECTORY, path));
        work.site().files().makeDirectory(work.site().machine().at(path), permissions);
    }

    private static void makeKey(Wishes wishes, Work work) throws ToolFailure, IOException {
        KeyModule tspi = work.site().tspi();
        KeyGenerator generator = tspi.generator()
                .orElseThrow(() -> new ToolFailure(
                        SetupTpm.FAILED, "the tspi key module here makes no keys", "install ecryptfsj again"));
        try (ParameterValues values = new ParameterValues()) {
            wishes.pcrs().forEach(pcr -> values.add("pcr", pcr.toString()));
            // Named here, so that the record can name it before it is made.
            String uuid = randomHex(UUID_BYTES);
            values.add("tspi_uuid", uuid);
            work.record(new Deed(Kind.KEY, uuid, wishes.source()));
            KeyGenerator.GeneratedKey key = generator.generate(values);
            work.made(key.value(), key.bindings());
            work.say("   its name (tspi_uuid) is " + key.value());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void sealRecovery(Wishes wishes, Work work) throws ToolFailure, IOException {
        KeyModule tspi = work.site().tspi();
        try (ParameterValues values = new ParameterValues()) {
            values.add("tspi_uuid", work.uuid());
            values.add("tspi_mode", wishes.envelope() ? "envelope" : "direct");
            try (TokenContents tokenContents = tspi.tokenContents(values)) {
                SealedPassphrase sealed = SealedPassphrase.seal(
                        tspi,
                        ((TokenContents.ModuleKey) tokenContents).blob(),
                        wishes.recovery().orElseThrow());
                write(work, SetupTpm.RECOVERY, sealed.bytes(), OWNER_ONLY);
            }
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void writeConfiguration(Wishes wishes, String file, Work work) throws IOException {
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
                                work.uuid(),
                                BootConfiguration.SOURCE,
                                wishes.source(),
                                BootConfiguration.MOUNT_POINT,
                                wishes.mountPoint(),
                                BootConfiguration.OPTIONS,
                                wishes.options());
        write(work, file, text.getBytes(StandardCharsets.UTF_8), EVERYBODY_READS);
    }

    /** In one step, the old one kept. */
    private static void write(Work work, String path, byte[] contents, String permissions) throws IOException {
        FileChanges files = work.site().files();
        Path file = work.site().machine().at(path);
        makeDirectory(work, path.substring(0, path.lastIndexOf('/')), "rwxr-xr-x");
        if (Files.exists(file)) {
            String backup = BACKUPS + path.replace('/', '_');
            Path kept = work.site().machine().at(backup);
            // One of an earlier set-up would be taken for this one's.
            files.delete(kept);
            work.record(new Deed(Kind.FILE, path, backup));
            files.copy(file, unfinished(kept));
            files.move(unfinished(kept), kept);
        } else {
            work.record(Deed.of(Kind.FILE, path));
        }
        files.write(unfinished(file), contents, permissions);
        files.move(unfinished(file), file);
    }

    /** What a file is called until it is whole. */
    static Path unfinished(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static List<Step> services(Site site) throws IOException {
        InitSystem init = site.init();
        List<Step> steps = new ArrayList<>();
        for (String service : List.of("ecryptfsd", BootConfiguration.SERVICE)) {
            Optional<List<String>> command = init.enable(service);
            if (!init.has(site.machine(), service) || command.isEmpty()) {
                String missing =
                        "the service " + service + " is not installed, so it is not started at boot: see to that";
                steps.add(new Step(
                        "leave the start of " + service + " to you: it is no service here",
                        work -> work.note(missing)));
            } else if (!init.startsAtBoot(site.machine(), service)) {
                steps.add(new Step(
                        "have " + service + " started at boot (" + String.join(" ", command.get()) + ")", work -> {
                            work.record(Deed.of(Kind.SERVICE, service));
                            work.site().programs().require(command.get());
                        }));
            }
        }
        return steps;
    }

    /** With the very options of the boot configuration. */
    private static void tryMount(Wishes wishes, Work work) throws ToolFailure, IOException {
        List<String> mount = List.of(
                "mount",
                "-t",
                "ecryptfs",
                "-o",
                "key=tspi:tspi_uuid=" + work.uuid() + "," + wishes.options(),
                wishes.source(),
                wishes.mountPoint());
        Programs programs = work.site().programs();
        work.record(Deed.of(Kind.PROBE, wishes.source()));
        work.record(Deed.of(Kind.MOUNT, wishes.mountPoint()));
        programs.require(mount);
        Path file = work.site().machine().at(wishes.mountPoint()).resolve(PROBE);
        try {
            String text = randomHex(PROBE_BYTES);
            Files.writeString(file, text);
            programs.require(List.of("umount", wishes.mountPoint()));
            programs.require(mount);
            if (!Files.readString(file).equals(text)) {
                throw new ToolFailure(
                        SetupTpm.FAILED,
                        "a file written to " + wishes.mountPoint() + " reads differently after mounting again",
                        "look into the system log for lines of ecryptfsd and the kernel");
            }
            work.site().files().delete(file);
        } catch (IOException e) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a file in " + wishes.mountPoint() + " could not be written and read: " + e.getMessage(),
                    "the system log has the reason, in a line of ecryptfsd; ecryptfs-doctor looks at the rest");
        }
    }
}
