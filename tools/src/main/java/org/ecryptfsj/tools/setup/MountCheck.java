package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.setup.UndoEntry.Kind;

/**
 * Mounts with the options of the boot configuration. First it mounts a test directory inside the lower directory, writes a file,
 * mounts again and reads the file. The encrypted name of that file is not known, so only a directory of its own can be removed
 * after an interruption. Then it mounts the lower directory.
 *
 * @param options what is mounted where
 */
record MountCheck(SetupOptions options) implements SetupStep.Action {
    /** Name of the test directory, and of the file in it. */
    private static final String PROBE = ".ecryptfs-setup-tpm";

    private static final int PROBE_BYTES = 32;

    @Override
    public void perform(SetupRun run) throws ToolFailure, IOException {
        SetupContext context = run.context();
        CommandRunner programs = context.programs();
        List<String> unmount = List.of("umount", options.mountPoint());
        String probe = options.source() + "/" + PROBE;
        run.record(UndoEntry.of(Kind.PROBE, options.source()));
        context.files().makeDirectory(context.machine().resolve(probe), "rwx------");
        run.record(UndoEntry.of(Kind.MOUNT, options.mountPoint()));
        List<String> mount = mount(probe, run.uuid());
        programs.runOrFail(mount);
        Path file = context.machine().resolve(options.mountPoint()).resolve(PROBE);
        try {
            String text = SetupSteps.randomHex(PROBE_BYTES);
            Files.writeString(file, text);
            programs.runOrFail(unmount);
            programs.runOrFail(mount);
            requireText(file, text);
        } catch (IOException e) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a file in " + options.mountPoint() + " cannot be written and read: " + e.getMessage(),
                    "see the line of ecryptfsd in the system log; ecryptfs-doctor checks the machine");
        }
        programs.runOrFail(unmount);
        deleteProbe(context, options.source());
        programs.runOrFail(mount(options.source(), run.uuid()));
    }

    private List<String> mount(String lower, String uuid) {
        return List.of("mount", "-t", "ecryptfs", "-o", options.mountOptions(uuid), lower, options.mountPoint());
    }

    private void requireText(Path file, String text) throws ToolFailure, IOException {
        if (!Files.readString(file).equals(text)) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "a file written to " + options.mountPoint() + " has another content after mounting again",
                    "see the lines of ecryptfsd and the kernel in the system log");
        }
    }

    /** Deletes the test directory with all that is in it, if it exists. It is not mounted. */
    static void deleteProbe(SetupContext context, String source) throws IOException {
        Path probe = context.machine().resolve(source).resolve(PROBE);
        if (Files.isDirectory(probe)) {
            try (Stream<Path> inside = Files.list(probe)) {
                for (Path file : inside.toList()) {
                    context.files().delete(file);
                }
            }
        }
        context.files().delete(probe);
    }
}
