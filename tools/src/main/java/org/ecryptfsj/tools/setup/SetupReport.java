package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;

/** Reports the result of a setup. */
final class SetupReport {
    private SetupReport() {}

    /** Reports a new setup. */
    static void done(SetupOptions setup, SetupRun run, boolean json) throws IOException {
        String home = Account.current().home().toString();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("tspi_uuid", run.uuid());
            result.put("bound_to", run.bindings());
            result.put("source", setup.source());
            result.put("mount_point", setup.mountPoint());
            result.put("mode", setup.envelope() ? "envelope" : "direct");
            result.put("recovery", setup.recovery().isPresent());
            result.put("changed", true);
            result.put("to_do", run.notes());
            JsonOutput.print(result);
            return;
        }
        run.print("Done: " + setup.source() + " is mounted at " + setup.mountPoint() + " and tested.");
        run.notes().forEach(note -> run.print("To do: " + note + "."));
        run.print("Keep copies in a safe place outside this machine:");
        run.print("  " + home
                + "/.trousers/user.data and /var/lib/tpm/system.data, the TPM keys, which only this TPM can use");
        if (setup.envelope()) {
            run.print("  " + home + "/.ecryptfs/kek, the sealed key that encrypts the file keys");
        }
        run.print("  the owner password of the TPM");
        run.print(
                setup.recovery().isPresent()
                        ? "  the recovery passphrase, on paper; mount with it: mount -t ecryptfs -o key=passphrase,"
                                + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,"
                                + "ecryptfs_enable_filename_crypto=n " + setup.source() + " " + setup.mountPoint()
                        : "  a backup of the files: without this TPM in this state nobody can read " + setup.source());
        run.print("To undo: " + SetupTpm.NAME + " --undo");
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
