package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;

/** Reports the result of a setup. */
final class SetupReport {
    private SetupReport() {}

    /**
     * Reports a new setup, at the end with its recovery code.
     *
     * @throws ToolFailure if the code cannot be printed
     */
    static void done(SetupOptions setup, SetupRun run, boolean json) throws ToolFailure, IOException {
        if (json) {
            printJson(setup, run);
        } else {
            printText(setup, run);
        }
        if (run.keyFile().isPresent()) {
            run.keyFile()
                    .get()
                    .printCode(json ? System.err : System.out, run.context().secrets());
        }
    }

    private static void printJson(SetupOptions setup, SetupRun run) throws IOException {
        Map<String, Object> result = new LinkedHashMap<>();
        if (!run.context().hasTpm2()) {
            result.put("tspi_uuid", run.uuid());
        }
        result.put("bound_to", run.bindings());
        result.put("source", setup.source());
        result.put("mount_point", setup.mountPoint());
        result.put("mode", setup.mode().toString());
        if (setup.mode() == SetupMode.KEY_FILE) {
            result.put("key_file", setup.keyFile());
        }
        result.put(
                "recovery",
                setup.mode() == SetupMode.KEY_FILE || setup.recovery().isPresent());
        result.put("changed", true);
        result.put("to_do", run.notes());
        JsonOutput.print(result);
    }

    private static void printText(SetupOptions setup, SetupRun run) throws IOException {
        String home = Account.current().home().toString();
        run.print("Done: " + setup.source() + " is mounted at " + setup.mountPoint() + " and tested.");
        run.notes().forEach(note -> run.print("To do: " + note + "."));
        run.print("Keep copies in a safe place outside this machine:");
        boolean hasTpm2 = run.context().hasTpm2();
        if (!hasTpm2) {
            run.print("  " + home
                    + "/.trousers/user.data and /var/lib/tpm/system.data, the TPM keys, which only this TPM can use");
        }
        if (setup.mode() == SetupMode.ENVELOPE) {
            run.print("  " + home + "/.ecryptfs/kek, the sealed key that encrypts the file keys");
        }
        if (setup.mode() == SetupMode.KEY_FILE) {
            run.print("  " + setup.keyFile() + ", the key file, beside a backup of " + setup.source());
        }
        if (!hasTpm2) {
            run.print("  the owner password of the TPM");
        }
        run.print("  " + recovery(setup));
        if (setup.checksNextBoot()) {
            run.print(
                    "Check of the PCRs: restart the machine, at best by power off; the log of ecryptfs-tpm-mount names a PCR"
                            + " that has changed");
        }
        if (hasTpm2 && !setup.pcrs().isEmpty()) {
            run.print("Before an update of the firmware or the boot loader: ecryptfs-key allow-next-boot "
                    + setup.keyFile() + " --rebind");
        }
        run.print("To undo: " + SetupTpm.NAME + " --undo");
    }

    private static String recovery(SetupOptions setup) {
        String directories = setup.source() + " " + setup.mountPoint();
        if (setup.mode() == SetupMode.KEY_FILE) {
            return "the recovery code, on paper; mount with it, if the TPM refuses: mount -t ecryptfs -o key=keyfile:keyfile="
                    + setup.keyFile() + " " + directories;
        }
        return setup.recovery().isPresent()
                ? "the recovery passphrase, on paper; mount with it: mount -t ecryptfs -o key=passphrase,"
                        + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,"
                        + "ecryptfs_enable_filename_crypto=n " + directories
                : "a backup of the files: without this TPM in this state nobody can read " + setup.source();
    }

    /**
     * Reports that the setup exists, with its problems.
     *
     * @return the exit code
     */
    static int existing(SetupContext context, UndoLog undoLog, Consumer<String> messages, boolean json)
            throws IOException {
        UndoEntry done = undoLog.entries().get(undoLog.entries().size() - 1);
        messages.accept(
                done.subject() + " is already set up with the mount point " + done.detail() + "; nothing was changed.");
        List<Finding> problems = context.examine().of(Verdict.PROBLEM);
        problems.forEach(problem -> messages.accept(EcryptfsDoctor.line(problem).stripTrailing()));
        if (json) {
            JsonOutput.print(Map.of(
                    "source",
                    done.subject(),
                    "mount_point",
                    done.detail(),
                    "changed",
                    false,
                    "problems",
                    problems.stream().map(Finding::check).toList()));
        }
        return problems.isEmpty() ? 0 : SetupTpm.FAILED;
    }
}
