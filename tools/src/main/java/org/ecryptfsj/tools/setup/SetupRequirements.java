package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Diagnosis;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.setup.UndoEntry.Kind;
import picocli.CommandLine.ParseResult;

/** Checks what must hold before a setup changes anything. */
final class SetupRequirements {
    /** The checks that must pass before a setup; other problems can be corrected later. */
    private static final Set<String> REQUIRED_CHECKS = Set.of("kernel-module", "keyring-quota", "mount-helper");

    /** The further ones for a TPM 1.2. */
    private static final Set<String> REQUIRED_FOR_TPM_1 = Set.of(
            "tpm",
            "tpm-state",
            "tpm-device",
            "tpm-owner",
            "tcsd",
            "tcsd-conf",
            "tcsd-answers",
            "tcsd-storage",
            "key-storage");

    /** The further ones if the daemon must run to open a file. */
    private static final Set<String> REQUIRED_FOR_DAEMON = Set.of("kernel-interface", "device", "daemon");

    private SetupRequirements() {}

    /**
     * Checks that no other setup exists. The same setup may be complete.
     *
     * @throws ToolFailure if a setup was interrupted, or has another source or mount point
     */
    static void requireNoOtherSetup(UndoLog undoLog, ParseResult options) throws ToolFailure {
        List<UndoEntry> entries = undoLog.entries();
        if (entries.isEmpty()) {
            return;
        }
        UndoEntry last = entries.get(entries.size() - 1);
        if (last.kind() != Kind.COMPLETE) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a previous setup was interrupted, or could not be undone completely; " + undoLog
                            + " lists what remains: "
                            + String.join(
                                    ", ",
                                    entries.stream()
                                            .map(entry -> entry.kind() + " " + entry.subject())
                                            .toList()),
                    SetupTpm.NAME + " --undo");
        }
        boolean another = !last.subject().equals(options.matchedOptionValue("--source", last.subject()))
                || !last.detail().equals(options.matchedOptionValue("--mount-point", last.detail()));
        if (another) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    last.subject() + " is already set up with the mount point " + last.detail(),
                    "configure a further directory in a file /etc/ecryptfsj/mounts/NAME.conf, or undo the first setup: "
                            + SetupTpm.NAME + " --undo");
        }
    }

    /**
     * Checks that the machine is ready.
     *
     * @param hasTpm2 whether the TPM is a TPM 2.0
     * @throws ToolFailure if it has problems, which are printed
     */
    static void requireReady(Diagnosis examination, SetupMode mode, boolean hasTpm2) throws ToolFailure {
        List<Finding> obstacles = examination.of(Verdict.PROBLEM).stream()
                .filter(finding -> REQUIRED_CHECKS.contains(finding.check())
                        || (!hasTpm2 && REQUIRED_FOR_TPM_1.contains(finding.check()))
                        || (mode.usesDaemon() && REQUIRED_FOR_DAEMON.contains(finding.check())))
                .toList();
        if (obstacles.isEmpty()) {
            return;
        }
        System.out.flush();
        obstacles.forEach(obstacle -> System.err.print(EcryptfsDoctor.line(obstacle)));
        throw new ToolFailure(
                SetupTpm.FAILED,
                "this machine is not ready: " + obstacles.size() + (obstacles.size() == 1 ? " problem" : " problems")
                        + ", see above",
                obstacles.stream().anyMatch(obstacle -> obstacle.check().equals("tpm-owner"))
                        ? "correct it, then run this command again; --take-ownership takes ownership of the TPM"
                        : "correct it, then run this command again");
    }

    /** Refuses directories whose files the mount would hide or could not read. */
    static void requireEmptyDirectories(SetupOptions setup, SetupContext context) throws ToolFailure, IOException {
        for (String path : List.of(setup.source(), setup.mountPoint())) {
            if (context.machine().exists(path)
                    && (!Files.isDirectory(context.machine().resolve(path))
                            || !context.machine().list(path).isEmpty())) {
                throw new ToolFailure(
                        SetupTpm.FAILED,
                        path + " is not an empty directory",
                        "choose an empty or a new directory, and copy your files there after the setup");
            }
        }
        String file = BootConfiguration.mainFile(context.machine());
        BootConfiguration present =
                BootConfiguration.parse(file, context.machine().lines(file));
        if (present.value(BootConfiguration.UUID).isPresent()
                || present.keyFile().isPresent()) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    file + " already names a key and was not written by this program",
                    "configure a further directory in a file /etc/ecryptfsj/mounts/NAME.conf, or move " + file
                            + " away");
        }
    }
}
